import { readFile } from "node:fs/promises";
import { resolve } from "node:path";

import { importKey } from "../../adapters/signing/key-file.ts";
import { printable } from "../../core/printable.ts";
import { GateError } from "../../engine/errors.ts";
import type { ExitCode, Invocation } from "../command.ts";
import { printKey } from "../keys.ts";
import { keyOptions } from "./key-create.ts";

/** Where the passphrase of the file to import is taken from; left out: it is the new one. */
const IMPORT_VARIABLE = "SHIPGATE_IMPORT_PASSPHRASE";

/** `shipgate key import FILE` */
export async function run(invocation: Invocation): Promise<ExitCode> {
  const [name = ""] = invocation.operands;
  const options = keyOptions(invocation, "key import");
  const pem = await readFile(resolve(invocation.dir, name), "utf8").catch((cause: unknown) => {
    throw new GateError("bad-input", `${printable(name, 1000)} cannot be read.`, {
      remedy: "Name a PKCS#8 file in PEM form.",
      cause,
    });
  });
  const from = process.env[IMPORT_VARIABLE] ?? options.passphrase;
  await printKey(invocation, await importKey(pem, from, options), options.file);
  return 0;
}
