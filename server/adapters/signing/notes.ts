import { parseEnvelope } from "../../core/attest/envelope.ts";
import type { Notes } from "../../engine/ports.ts";
import { addToNote, readNote, readNotesOf } from "../git/notes.ts";
import { signStatement } from "./sign.ts";
import { verifyEnvelope } from "./verify.ts";

/** The signed statements in `refs/notes/shipgate` of a repository, one DSSE envelope a line. */
export function openNotes(place: { readonly root: string; readonly stateDir: string }): Notes {
  return {
    read: (commit, signal) => readNote({ directory: place.root }, commit, signal),
    readRange: (base, head, signal) => readNotesOf({ directory: place.root }, base, head, signal),
    add: (commit, lines, signal) => addToNote(place, commit, lines, signal),
    sign: async (commit, statements, signer, signal) => {
      const lines: string[] = [];
      for (const statement of statements) {
        lines.push(JSON.stringify(await signStatement(statement, signer, signal)));
      }
      await addToNote(place, commit, lines, signal);
    },
    verify: (text, keys, time) => {
      const parsed = parseEnvelope(text);
      if (parsed === null) return { holds: false, reason: "it is not a DSSE envelope" };
      const result = verifyEnvelope(parsed.envelope, keys, time);
      if (!result.holds) return result;
      const { statement, signers } = result.verified;
      return { holds: true, statement, by: signers[0]?.principals[0] ?? "" };
    },
  };
}
