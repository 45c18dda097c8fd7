import { findSigner } from "../../adapters/signing/find-signer.ts";
import { GateError } from "../../engine/errors.ts";
import { findCommit, type NoteContext, writeNote, type WrittenNote } from "../../engine/notes.ts";
import type { ExitCode, Invocation } from "../command.ts";
import { describeWritten, openNoteContext } from "../notes.ts";
import { reportJson } from "../reporters/json.ts";
import { badUsage } from "../usage.ts";

/** Most bytes of git's list of rewritten commits. */
const LIST_BYTES = 4 * 1024 * 1024;

/** Which commits each new commit was made from. */
type Rewrites = ReadonlyMap<string, readonly string[]>;

/** `shipgate notes carry (NEW OLD… | --stdin)` */
export async function run(invocation: Invocation): Promise<ExitCode> {
  const { dir, operands, flags, strings, print } = invocation;
  const [fresh, ...old] = operands;
  if (flags.has("stdin") !== (fresh === undefined) || (fresh !== undefined && old.length === 0)) {
    throw badUsage({ name: "notes carry" }, "Name NEW and OLD commits, or give --stdin.");
  }
  const context = await openNoteContext(invocation);
  const rewrites: Rewrites =
    fresh === undefined ? parseRewrites(await readInput()) : new Map([[fresh, old]]);
  const written = await carry(context, rewrites, dir);
  const isJson = strings["format"] === "json";
  await print(isJson ? reportJson({ schemaVersion: 1, written }) : describeWritten(written));
  return 0;
}

async function carry(
  context: NoteContext,
  rewrites: Rewrites,
  directory: string,
): Promise<readonly WrittenNote[]> {
  const written: WrittenNote[] = [];
  for (const [fresh, old] of rewrites) {
    const from: string[] = [];
    for (const revision of old) from.push(await findCommit(context, revision));
    const notes = await Promise.all(
      from.map((commit) => context.ports.notes.read(commit, context.signal)),
    );
    if (notes.every((lines) => lines.length === 0)) continue;
    const commit = await findCommit(context, fresh);
    const signer = await findSigner({ directory, env: process.env });
    written.push(await writeNote(context, { commit, from, signer }));
  }
  return written;
}

/** git's input for post-rewrite hooks: `<old> <new> [extra]`, one a line (githooks(5)). */
function parseRewrites(text: string): Rewrites {
  const rewrites = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const [old = "", fresh = ""] = line.split(" ");
    if (![old, fresh].every((id) => /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/u.test(id))) {
      throw new GateError("bad-input", "A line of the input does not name two commits.", {
        remedy: "Give what git gives to post-rewrite hooks: old and new id, one pair a line.",
      });
    }
    const known = rewrites.get(fresh);
    if (known === undefined) rewrites.set(fresh, [old]);
    else known.push(old);
  }
  return rewrites;
}

async function readInput(): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of process.stdin as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > LIST_BYTES) {
      throw new GateError("bad-input", "The list of rewritten commits is too long.", {
        remedy: "Carry the notes of fewer commits at a time.",
      });
    }
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}
