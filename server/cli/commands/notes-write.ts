import { findSigner } from "../../adapters/signing/find-signer.ts";
import { findCommit, writeNote } from "../../engine/notes.ts";
import type { ExitCode, Invocation } from "../command.ts";
import { describeWritten, openNoteContext } from "../notes.ts";
import { reportJson } from "../reporters/json.ts";

/** `shipgate notes write [COMMIT]` */
export async function run(invocation: Invocation): Promise<ExitCode> {
  const { dir, operands, strings, print } = invocation;
  const context = await openNoteContext(invocation);
  const commit = await findCommit(context, operands[0] ?? "HEAD");
  const signer = await findSigner({ directory: dir, env: process.env });
  const { base } = strings;
  const request = { commit, from: [], signer, ...(base !== undefined && { base }) };
  const written = [await writeNote(context, request)];
  const isJson = strings["format"] === "json";
  await print(isJson ? reportJson({ schemaVersion: 1, written }) : describeWritten(written));
  return 0;
}
