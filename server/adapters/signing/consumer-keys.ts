import { createPublicKey } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";

import {
  parseAllowedSigners,
  parsePublicKey,
  type TrustedKey,
} from "../../core/attest/trusted-keys.ts";
import { printable } from "../../core/printable.ts";
import { MEDIA } from "../../core/ship/documents.ts";
import type { LoadedPaper } from "../../core/ship/verify/loaded.ts";
import { GateError } from "../../engine/errors.ts";
import { verifyBundle } from "./bundle.ts";
import { writePublicKey } from "./ssh-wire.ts";
import { verifyEnvelope } from "./verify.ts";

const LARGEST = 1024 * 1024;

/**
 * Reads the public keys that a consumer trusts: a list in the form of OpenSSH's allowed_signers, a
 * `.pub` file, or a PEM public key; the latter two are known by their file's name. Throws GateError `bad-input`.
 */
export async function readConsumerKeys(path: string): Promise<readonly TrustedKey[]> {
  const found = await stat(path).catch(() => null);
  if (found?.isFile() !== true || found.size > LARGEST)
    throw unreadable(path, "it is no file of keys");
  const text = await readFile(path, "utf8");
  const principals = [basename(path)];
  if (text.includes("PRIVATE KEY")) throw unreadable(path, "it is a private key");
  if (text.includes("-----BEGIN PUBLIC KEY-----")) {
    try {
      return [{ ...writePublicKey(createPublicKey(text)), principals }];
    } catch (cause) {
      throw unreadable(path, "its key cannot be read", cause);
    }
  }
  const single = parsePublicKey(text);
  if (single !== null) return [{ ...single, principals }];
  const { keys, problems } = parseAllowedSigners(text);
  const [problem] = problems;
  if (problem !== undefined) throw unreadable(path, `line ${problem.line}: ${problem.message}`);
  if (keys.length === 0) throw unreadable(path, "it holds no key");
  return keys;
}

/** Checks the signature of a paper as it is attached to an image, offline. Never throws. */
export async function verifyPaper(
  mediaType: string,
  text: string,
  keys: readonly TrustedKey[],
  time: string,
): Promise<LoadedPaper["result"]> {
  let untrusted: unknown = null;
  try {
    untrusted = JSON.parse(text);
  } catch {
    return { holds: false, reason: "it is not JSON" };
  }
  const verification =
    mediaType === MEDIA.bundle
      ? await verifyBundle(untrusted, keys, time)
      : verifyEnvelope(untrusted, keys, time);
  if (!verification.holds) return verification;
  const { signers, statement } = verification.verified;
  return { holds: true, statement, signers };
}

function unreadable(path: string, why: string, cause?: unknown): GateError {
  return new GateError("bad-input", `${printable(path)} is not taken: ${printable(why)}.`, {
    remedy: "Give public keys: an allowed_signers list, a .pub file or a PEM public key.",
    cause,
  });
}
