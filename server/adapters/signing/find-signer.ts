import { stat } from "node:fs/promises";

import { GateError } from "../../engine/errors.ts";
import type { Signer } from "../../engine/ports.ts";
import { openKey, ownKeyFile, PASSPHRASE_VARIABLE } from "./key-file.ts";
import { findGitKey } from "./ssh-key.ts";

export interface SignerWish {
  /** The repository whose git settings count. */
  readonly directory: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `plain`: only a key that can sign sigstore bundles. */
  readonly form?: Signer["form"];
}

/**
 * The key that the user signs with: the one that SHIPGATE_KEY names; else the SSH key that git is
 * set up with; else the key that `shipgate key create` made. Throws GateError `no-key`.
 */
export async function findSigner({ directory, env, form }: SignerWish): Promise<Signer> {
  const file = ownKeyFile(env);
  const passphrase = env[PASSPHRASE_VARIABLE] ?? null;
  const isNamed = (env["SHIPGATE_KEY"] ?? "") !== "";
  const gitKey = isNamed || form === "plain" ? null : await findGitKey(directory);
  if (gitKey !== null) return gitKey;
  const isThere = await stat(file).then(
    () => true,
    () => false,
  );
  if (isNamed || isThere) return openKey(file, passphrase);
  throw new GateError("no-key", "There is no key to sign with.", {
    remedy:
      "Make one with `shipgate key create`, or set git up to sign with an SSH key (`gpg.format ssh`, `user.signingKey`).",
  });
}
