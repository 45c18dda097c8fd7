import { z } from "zod";

import { parseJson } from "../attest/envelope.ts";
import type { AgentSession } from "../attribution.ts";
import { sha256Digest } from "../digest.ts";
import type { GitObjectId } from "../edit.ts";
import type { LineRange } from "../location.ts";
import {
  LONGEST_TEXT,
  MOST_RANGES,
  type StatedFile,
  type StatedLines,
  tidyRanges,
  toldBySession,
} from "./stated-lines.ts";

/** Where git-ai keeps its notes. */
export const GIT_AI_REF = "refs/notes/ai";
const DIVIDER = "---";

const word = z.string().min(1).max(512);
const agentId = z.looseObject({ tool: word, id: word, model: z.string().max(512).exactOptional() });
const Metadata = z.looseObject({
  schema_version: z.string().startsWith("authorship/"),
  base_commit_sha: z.string().max(64),
  prompts: z.record(z.string(), z.looseObject({ agent_id: agentId })).default({}),
  sessions: z.record(z.string(), z.looseObject({ agent_id: agentId })).default({}),
  humans: z.record(z.string(), z.looseObject({ author: z.string() })).default({}),
});
type Metadata = z.infer<typeof Metadata>;

/**
 * The note of a commit in git-ai's format (authorship/3.0.0). Lines of assistants only: a person is
 * named there with name and address, which is not ours to tell. Paths with a quote or a line break
 * have no form in it; their lines are left out, which the format reads as untracked.
 */
export function writeGitAiNote({ commit, files }: StatedLines): string {
  const sessions = new Map<string, AgentSession>();
  const rows: string[] = [];
  for (const { path, authors } of files) {
    const ranges = new Map<string, LineRange[]>();
    for (const { range, by } of authors) {
      if (by.kind !== "ai") continue;
      const session = `s_${shortHash(`${by.by.agent}:${by.by.session}`)}`;
      sessions.set(session, by.by);
      const key = `${session}::t_${shortHash(`${commit} ${path} ${session}`)}`;
      ranges.set(key, [...(ranges.get(key) ?? []), range]);
    }
    if (ranges.size === 0 || /["\r\n]/u.test(path)) continue;
    rows.push(/[\s]/u.test(path) ? `"${path}"` : path);
    for (const [key, list] of ranges) rows.push(`  ${key} ${list.map(writeRange).join(",")}`);
  }
  const metadata = {
    schema_version: "authorship/3.0.0",
    base_commit_sha: commit,
    prompts: {},
    humans: {},
    sessions: Object.fromEntries(
      [...sessions].map(([key, { agent, session, model }]) => [
        key,
        { agent_id: { tool: agent, id: session, model: model ?? "unknown" } },
      ]),
    ),
  };
  return `${[...rows, DIVIDER, JSON.stringify(metadata, null, 2)].join("\n")}\n`;
}

/** Reads a note of git-ai leniently; null where it is none. Untrusted: what it tells is likely at best. */
export function readGitAiNote(text: string, commit: GitObjectId): StatedLines | null {
  if (text.length > LONGEST_TEXT) return null;
  const lines = text.split("\n");
  const divider = lines.findIndex((line) => line.trimEnd() === DIVIDER);
  if (divider === -1) return null;
  const metadata = Metadata.safeParse(parseJson(lines.slice(divider + 1).join("\n"))).data;
  if (metadata === undefined) return null;
  const files: { path: string; authors: StatedFile["authors"][number][] }[] = [];
  for (const line of lines.slice(0, divider)) {
    const entry = /^ {2}(?<key>\S+) (?<ranges>\S+)\s*$/u.exec(line)?.groups;
    const path = /^"(?<quoted>.+)"$/u.exec(line)?.groups?.["quoted"] ?? line;
    if (entry !== undefined) {
      const ranges = readRanges(entry["ranges"] ?? "");
      const by = authorOf(metadata, entry["key"] ?? "");
      if (by !== null) files.at(-1)?.authors.push(...ranges.map((range) => ({ range, by })));
    } else if (line.trim() !== "" && !line.startsWith(" ")) files.push({ path, authors: [] });
  }
  return {
    commit,
    files: files.map(({ path, authors }) => ({ path, authors: tidyRanges(authors) })),
  };
}

function authorOf(metadata: Metadata, key: string): StatedFile["authors"][number]["by"] | null {
  if (Object.hasOwn(metadata.humans, key)) {
    return { kind: "human", source: "note", confidence: "likely" };
  }
  const session = key.split("::", 1)[0] ?? "";
  const table = session.startsWith("s_") ? metadata.sessions : metadata.prompts;
  const found = Object.hasOwn(table, session) ? table[session]?.agent_id : undefined;
  if (found === undefined) return null;
  const { tool, id, model } = found;
  const known = model !== undefined && model !== "" && model !== "unknown";
  return toldBySession({ agent: tool, session: id, ...(known && { model }) });
}

function readRanges(text: string): readonly LineRange[] {
  return text
    .split(",", MOST_RANGES)
    .map((part) => /^(?<start>\d{1,9})(?:-(?<end>\d{1,9}))?$/u.exec(part)?.groups)
    .filter((groups) => groups !== undefined)
    .map((groups) => ({
      start: Number(groups["start"]),
      end: Number(groups["end"] ?? groups["start"]),
    }));
}

function writeRange({ start, end }: LineRange): string {
  return start === end ? String(start) : `${start}-${end}`;
}

function shortHash(text: string): string {
  return sha256Digest(text).slice("sha256:".length, "sha256:".length + 14);
}
