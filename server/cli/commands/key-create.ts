import { createKey, ownKeyFile, PASSPHRASE_VARIABLE } from "../../adapters/signing/key-file.ts";
import type { KeyOptions } from "../../adapters/signing/key-file.ts";
import type { ExitCode, Invocation } from "../command.ts";
import { printKey } from "../keys.ts";
import { badUsage } from "../usage.ts";

/** `shipgate key create` */
export async function run(invocation: Invocation): Promise<ExitCode> {
  const type = invocation.strings["type"] === "ed25519" ? "ed25519" : "ecdsa-p256";
  const options = keyOptions(invocation, "key create");
  await printKey(invocation, await createKey(type, options), options.file);
  return 0;
}

/** Where the key goes and how it is protected. Throws GateError `bad-usage` where nobody said how. */
export function keyOptions({ flags }: Pick<Invocation, "flags">, name: string): KeyOptions {
  const passphrase = process.env[PASSPHRASE_VARIABLE] ?? "";
  const unencrypted = flags.has("unencrypted");
  if (unencrypted === (passphrase !== "")) {
    const message = unencrypted
      ? `--unencrypted, yet ${PASSPHRASE_VARIABLE} is set.`
      : `Put a passphrase into ${PASSPHRASE_VARIABLE}, or say --unencrypted.`;
    throw badUsage({ name }, message);
  }
  return { file: ownKeyFile(process.env), passphrase: unencrypted ? null : passphrase };
}
