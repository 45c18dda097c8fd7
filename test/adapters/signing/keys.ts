import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import {
  type AnyStatement,
  PREDICATES,
  STATEMENT_TYPE,
} from "../../../server/core/attest/statement.ts";
import {
  parsePublicKey,
  type PublicKey,
  type TrustedKey,
} from "../../../server/core/attest/trusted-keys.ts";

export const NOW = "2026-06-01T12:00:00.000Z";
export const signal = new AbortController().signal;

/** A statement whose predicate nobody has to understand. */
export const STATEMENT: AnyStatement = {
  _type: STATEMENT_TYPE,
  subject: [{ name: "tree", digest: { gitTree: "a".repeat(40) } }],
  predicateType: PREDICATES.approval,
  predicate: { reason: "Wörter ✓" },
};

/** Makes a real SSH key without a passphrase; gives its path and public half. */
export function makeSshKey(
  folder: string,
  type: string,
  name = type,
): { file: string; key: PublicKey } {
  const file = join(folder, name);
  const [kind = "", bits] = type.split("-");
  const args = [
    "-q",
    "-t",
    kind,
    ...(bits === undefined ? [] : ["-b", bits]),
    "-N",
    "",
    "-f",
    file,
  ];
  execFileSync("ssh-keygen", [...args, "-C", "somebody"], { stdio: "pipe" });
  const key = parsePublicKey(readFileSync(`${file}.pub`, "utf8"));
  if (key === null) throw new Error("ssh-keygen made a key that is not understood.");
  return { file, key };
}

export function trusted(key: PublicKey, ...principals: readonly string[]): TrustedKey {
  return { ...key, principals: principals.length > 0 ? principals : ["ada@shop.example"] };
}
