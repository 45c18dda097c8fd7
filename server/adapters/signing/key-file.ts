import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from "node:crypto";
import { chmod, mkdir, open, readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

import type { PublicKey } from "../../core/attest/trusted-keys.ts";
import { printable } from "../../core/printable.ts";
import { GateError } from "../../engine/errors.ts";
import type { Signer } from "../../engine/ports.ts";
import { encryptPrivateKey } from "./pkcs8.ts";
import { writePublicKey } from "./ssh-wire.ts";

export type OwnKeyType = "ecdsa-p256" | "ed25519";

/** Where the passphrase of the key file is taken from. */
export const PASSPHRASE_VARIABLE = "SHIPGATE_KEY_PASSPHRASE";
/** Largest key file that is read, in bytes. */
const LARGEST = 64 * 1024;

export interface KeyOptions {
  readonly file: string;
  /** Null only where the user said that the key may lie on the disk unencrypted. */
  readonly passphrase: string | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Where the user's own key lies: beside their settings, never in a repository. */
export function ownKeyFile(env: Environment): string {
  const named = env["SHIPGATE_KEY"];
  if (named !== undefined && named !== "") return named;
  const folder =
    process.platform === "win32"
      ? (env["APPDATA"] ?? join(homedir(), "AppData", "Roaming"))
      : (env["XDG_CONFIG_HOME"] ?? "") || join(env["HOME"] ?? homedir(), ".config");
  return join(folder, "shipgate", "key.pem");
}

/** Makes a key and keeps it. Throws GateError `bad-usage` where there is one already. */
export async function createKey(type: OwnKeyType, options: KeyOptions): Promise<PublicKey> {
  const { privateKey } =
    type === "ed25519"
      ? generateKeyPairSync("ed25519")
      : generateKeyPairSync("ec", { namedCurve: "P-256" });
  return keepKey(privateKey, options);
}

/**
 * Keeps a copy of a key from a PEM text (PKCS#8 or SEC 1, encrypted or not). Throws GateError
 * `bad-input` where it is not a private key of a kind that is taken, or the passphrase is wrong.
 */
export async function importKey(
  pem: string,
  from: string | null,
  options: KeyOptions,
): Promise<PublicKey> {
  return keepKey(readPrivateKey(pem, from, "The file to import"), options);
}

/** The signer of a key file. Throws GateError `no-key` and `bad-input`. */
export async function openKey(file: string, passphrase: string | null): Promise<Signer> {
  const pem = await readKeyFile(file);
  const key = readPrivateKey(pem, passphrase, `The key ${printable(file, 1000)}`);
  const publicKey = writePublicKey(createPublicKey(key));
  const algorithm = publicKey.type === "ssh-ed25519" ? null : "sha256";
  return {
    publicKey,
    form: "plain",
    origin: file,
    sign: (data) => Promise.resolve(sign(algorithm, data, key)),
  };
}

async function keepKey(key: KeyObject, { file, passphrase }: KeyOptions): Promise<PublicKey> {
  const publicKey = writePublicKey(createPublicKey(key));
  if (passphrase !== null && passphrase.length < 8) {
    throw new GateError("bad-usage", "The passphrase is shorter than 8 characters.", {
      remedy: `Put a longer one into ${PASSPHRASE_VARIABLE}.`,
    });
  }
  const pem =
    passphrase === null
      ? key.export({ format: "pem", type: "pkcs8" }).toString()
      : encryptPrivateKey(key, passphrase);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, "wx", 0o600).catch((cause: unknown) => {
    throw new GateError(
      "bad-usage",
      `${printable(file, 1000)} cannot be written, or is there already.`,
      {
        remedy: "Name another file by SHIPGATE_KEY, or move the old key away.",
        cause,
      },
    );
  });
  try {
    await handle.writeFile(pem);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await chmod(file, 0o600);
  return publicKey;
}

async function readKeyFile(file: string): Promise<string> {
  const found = await stat(file).catch((cause: unknown) => {
    throw new GateError("no-key", `There is no key ${printable(file, 1000)}.`, {
      remedy: "Make one with `shipgate key create`, or set up git to sign with an SSH key.",
      cause,
    });
  });
  if (process.platform !== "win32" && (found.mode & 0o077) !== 0) {
    throw new GateError("bad-input", `Others can read the key ${printable(file, 1000)}.`, {
      remedy: `Run \`chmod 600\` on it, and make a new key if anybody may have read it.`,
    });
  }
  if (!found.isFile() || found.size > LARGEST) throw notAKey(`The key ${printable(file, 1000)}`);
  return readFile(file, "utf8");
}

function readPrivateKey(pem: string, passphrase: string | null, what: string): KeyObject {
  if (pem.length > LARGEST) throw notAKey(what);
  const isEncrypted = /ENCRYPTED/u.test(pem);
  if (isEncrypted && passphrase === null) {
    throw new GateError("bad-input", `${what} is encrypted, and there is no passphrase for it.`, {
      remedy: `Put the passphrase into ${PASSPHRASE_VARIABLE}.`,
    });
  }
  try {
    return createPrivateKey({
      key: pem,
      format: "pem",
      ...(passphrase !== null && { passphrase }),
    });
  } catch (cause) {
    if (!isEncrypted) throw notAKey(what, cause);
    throw new GateError("bad-input", `${what} does not open with this passphrase.`, {
      remedy: `Correct the passphrase in ${PASSPHRASE_VARIABLE}.`,
      cause,
    });
  }
}

function notAKey(what: string, cause?: unknown): GateError {
  return new GateError("bad-input", `${what} is not a private key in PEM form.`, {
    remedy: "Give a PKCS#8 file with an Ed25519 or ECDSA P-256 key.",
    cause,
  });
}
