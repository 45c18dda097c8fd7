import { readUserEmail } from "../adapters/git/authors.ts";
import { ALLOWED_SIGNERS_PATH, type PublicKey } from "../core/attest/trusted-keys.ts";
import { printable } from "../core/printable.ts";
import type { Invocation } from "./command.ts";
import type { KeyOutput } from "./output.ts";
import { reportJson } from "./reporters/json.ts";

/** Prints a public key with its line for the list of signers. Nothing secret passes through here. */
export async function printKey(
  { dir, strings, print }: Pick<Invocation, "dir" | "strings" | "print">,
  { keyId, type, blob }: PublicKey,
  origin: string,
): Promise<void> {
  const email = (await readUserEmail(dir)) ?? "you@example.com";
  const line = `${email} namespaces="shipgate" ${type} ${blob}`;
  const output: KeyOutput = { schemaVersion: 1, keyId, type, origin, allowedSigner: line };
  await print(strings["format"] === "json" ? reportJson(output) : describe(output));
}

function describe({ keyId, type, origin, allowedSigner }: KeyOutput): string {
  return [
    `${keyId} (${type}), held in ${printable(origin, 1000)}`,
    "",
    `To let its approvals count, have this line merged into ${ALLOWED_SIGNERS_PATH}:`,
    printable(allowedSigner, 5000),
    "",
  ].join("\n");
}
