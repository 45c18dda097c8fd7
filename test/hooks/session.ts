import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { openRepository } from "../../server/adapters/git/repository.ts";
import { openJournal } from "../../server/adapters/ledger/journal.ts";
import type { Attribution } from "../../server/core/attribution.ts";
import type { Review } from "../../server/core/review.ts";
import { type BuiltChange, buildChange } from "../../server/engine/change.ts";
import type { HookAnswer } from "../../server/hooks/dialect.ts";
import { type HookOptions, runHook } from "../../server/hooks/run-hook.ts";
import { quiet } from "../adapters/quiet-log.ts";
import { makeRepository, type ScratchRepository } from "../adapters/scratch-repository.ts";

const clock = { now: () => "2026-11-23T10:00:00.000Z" };

/** A Claude Code session on a scratch repository: events as it sends them, and what came of them. */
export interface Session {
  readonly repo: ScratchRepository;
  readonly send: (event: Readonly<Record<string, unknown>>) => Promise<HookAnswer>;
  readonly sendText: (text: string) => Promise<HookAnswer>;
  /** A whole tool call: the event before, the work, the event after. */
  readonly tool: (
    name: string,
    input: Readonly<Record<string, unknown>>,
    work: () => void,
    response?: Readonly<Record<string, unknown>>,
  ) => Promise<HookAnswer>;
  readonly edit: (path: string, old: string, fresh: string) => Promise<HookAnswer>;
  readonly write: (path: string, content: string) => Promise<HookAnswer>;
  readonly bash: (command: string, work: () => void) => Promise<HookAnswer>;
  readonly build: () => Promise<BuiltChange>;
  /** Each added line of a file with a letter: A proven, a likely, H human, ? unknown. */
  readonly letters: (path: string) => Promise<readonly string[]>;
}

export function startSession(
  options: {
    readonly repo?: ScratchRepository;
    readonly review?: () => Promise<Review | null>;
  } = {},
): Session {
  const repo = options.repo ?? makeRepository();
  let calls = 0;
  const hookOptions: HookOptions = {
    cwd: repo.root,
    clock,
    log: quiet,
    ...(options.review && { review: options.review }),
  };
  const sendText = (text: string) => runHook("claude-code", text, hookOptions);
  const send: Session["send"] = (event) =>
    sendText(
      JSON.stringify({
        session_id: "9f3c1a52-6d0e-4b7a-8c41-2e5d90b7f613",
        transcript_path: "/home/dev/.claude/projects/x/9f3c1a52.jsonl",
        cwd: repo.root,
        permission_mode: "acceptEdits",
        ...event,
      }),
    );
  const tool: Session["tool"] = async (name, input, work, response = {}) => {
    const call = { tool_name: name, tool_input: input, tool_use_id: `toolu_${(calls += 1)}` };
    await send({ hook_event_name: "PreToolUse", ...call });
    work();
    return send({ hook_event_name: "PostToolUse", ...call, tool_response: response });
  };
  const file = (path: string): string => join(repo.root, path);
  const build: Session["build"] = async () => {
    const repository = await openRepository(repo.root, { log: quiet });
    const journal = openJournal(repository.stateDir, { clock, log: quiet });
    return buildChange(repository, journal, {}, new AbortController().signal);
  };
  return {
    repo,
    send,
    sendText,
    tool,
    edit: (path, old, fresh) => {
      const input = { file_path: file(path), old_string: old, new_string: fresh };
      const replace = () =>
        writeFileSync(
          file(path),
          readFileSync(file(path), "utf8").replace(old, () => fresh),
        );
      return tool("Edit", input, replace);
    },
    write: (path, content) =>
      tool("Write", { file_path: file(path), content }, () => repo.write(path, content)),
    bash: (command, work) => tool("Bash", { command, description: "Do it" }, work),
    build,
    letters: async (path) => {
      const { change, texts } = await build();
      const found = change.files.find((one) => one.path === path);
      const lines = (texts.get(found?.after?.blob ?? "") ?? "").split("\n");
      return (found?.lines ?? []).flatMap(({ range, attribution }) =>
        lines.slice(range.start - 1, range.end).map((line) => `${letterOf(attribution)} ${line}`),
      );
    },
  };
}

function letterOf(attribution: Attribution): string {
  if (attribution.kind === "unknown") return "?";
  if (attribution.kind === "human") return "H";
  return attribution.confidence === "proven" ? "A" : "a";
}
