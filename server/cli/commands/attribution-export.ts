import { writeForeignNote } from "../../adapters/git/notes.ts";
import { linesOfStatement } from "../../core/attest/attribution.ts";
import { writeAgentTrace } from "../../core/exchange/agent-trace.ts";
import { GIT_AI_REF, writeGitAiNote } from "../../core/exchange/git-ai.ts";
import { readTrustedKeys } from "../../engine/approvals.ts";
import { findCommit, parentOf, stateAttribution } from "../../engine/notes.ts";
import type { ExitCode, Invocation } from "../command.ts";
import { openNoteContext } from "../notes.ts";
import { badUsage } from "../usage.ts";

/** The formats of other tools that are read and written. */
export const EXCHANGE_FORMATS = ["git-ai", "agent-trace"] as const;

/** `shipgate attribution export FORMAT [COMMIT]` */
export async function run(invocation: Invocation): Promise<ExitCode> {
  const { operands, flags, print, signal } = invocation;
  const format = readFormat(operands[0] ?? "", "attribution export");
  if (flags.has("write") && format !== "git-ai") {
    throw badUsage({ name: "attribution export" }, "--write is for git-ai's notes.");
  }
  const context = await openNoteContext(invocation);
  const { repository, clock } = context.ports;
  const commit = await findCommit(context, operands[1] ?? "HEAD");
  const ends = await repository.readChange({ head: commit, base: parentOf(commit) }, signal);
  const { keys } = await readTrustedKeys(repository, ends, signal);
  const { statement } = await stateAttribution(context, { commit, from: [commit] }, keys);
  const lines = linesOfStatement(statement, commit);
  const text =
    format === "git-ai"
      ? writeGitAiNote(lines)
      : writeAgentTrace(lines, { time: clock.now(), version: context.version });
  if (flags.has("write")) await writeForeignNote(repository.root, GIT_AI_REF, commit, text, signal);
  await print(text);
  return 0;
}

/** The format that a person named. Throws GateError `bad-usage`. */
export function readFormat(word: string, command: string): (typeof EXCHANGE_FORMATS)[number] {
  const format = EXCHANGE_FORMATS.find((each) => each === word);
  if (format !== undefined) return format;
  throw badUsage({ name: command }, `The format is one of ${EXCHANGE_FORMATS.join(", ")}.`);
}
