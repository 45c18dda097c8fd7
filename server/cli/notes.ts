import type { NoteContext, WrittenNote } from "../engine/notes.ts";
import { openGate } from "../wire.ts";
import type { Invocation } from "./command.ts";
import { VERSION } from "./program.ts";
import { count } from "./reporters/words.ts";

/** What the commands about notes work with. */
export async function openNoteContext(invocation: Invocation): Promise<NoteContext> {
  const { dir, log, signal } = invocation;
  const { ports, session } = await openGate(dir, { log });
  return { ports, session, version: VERSION, signal };
}

/** What was written, in a line a commit. */
export function describeWritten(written: readonly WrittenNote[]): string {
  const rows = written.map(({ commit, status, lines, approvals }) => {
    const { added, ai, unknown } = lines;
    const authors = `${count(added, "line")}, ${ai} by assistants, ${unknown} unknown`;
    return `${commit.slice(0, 12)}  ${status}; ${authors}; ${count(approvals, "approval")}`;
  });
  if (rows.length === 0) return "Nothing was written: no note to carry over.\n";
  return `${[...rows, "", "Share it: git push origin refs/notes/shipgate"].join("\n")}\n`;
}
