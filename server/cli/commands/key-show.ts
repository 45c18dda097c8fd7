import { findSigner } from "../../adapters/signing/find-signer.ts";
import type { ExitCode, Invocation } from "../command.ts";
import { printKey } from "../keys.ts";

/** `shipgate key show`: which key signs, and its line for the list of signers. */
export async function run(invocation: Invocation): Promise<ExitCode> {
  const { publicKey, origin } = await findSigner({ directory: invocation.dir, env: process.env });
  await printKey(invocation, publicKey, origin);
  return 0;
}
