import { printable } from "../../core/printable.ts";
import { readStatements, type ShownStatement } from "../../engine/note-statements.ts";
import { findCommit } from "../../engine/notes.ts";
import type { ExitCode, Invocation } from "../command.ts";
import { openNoteContext } from "../notes.ts";
import { reportJson } from "../reporters/json.ts";
import { sentence } from "../reporters/words.ts";

/** `shipgate notes show [COMMIT]`: exits 1 where a statement does not hold. */
export async function run(invocation: Invocation): Promise<ExitCode> {
  const { operands, strings, print } = invocation;
  const context = await openNoteContext(invocation);
  const commit = await findCommit(context, operands[0] ?? "HEAD");
  const statements = await readStatements(context, commit);
  const output = { schemaVersion: 1, commit, statements };
  await print(strings["format"] === "json" ? reportJson(output) : describe(commit, statements));
  return statements.every(({ state }) => state === "holds") ? 0 : 1;
}

function describe(commit: string, statements: readonly ShownStatement[]): string {
  if (statements.length === 0) return `${commit.slice(0, 12)} has no note.\n`;
  const rows = statements.map(({ state, by, kind, says, why }) => {
    const who = by === null ? "" : `, signed by ${printable(by)}`;
    const doubt = why === null ? "" : ` (${sentence(why)})`;
    return `  ${state === "holds" ? "✓" : "✗"} ${kind}: ${sentence(says)}${who}${doubt}`;
  });
  return `${[commit.slice(0, 12), ...rows].join("\n")}\n`;
}
