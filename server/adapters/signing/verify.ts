import { createHash, verify } from "node:crypto";

import { fromBase64 } from "../../core/attest/base64.ts";
import type { Envelope } from "../../core/attest/envelope.ts";
import {
  Envelope as EnvelopeSchema,
  parseJson,
  PAYLOAD_TYPE,
  preAuthEncoding,
} from "../../core/attest/envelope.ts";
import { AnyStatement } from "../../core/attest/statement.ts";
import {
  isValidAt,
  NAMESPACE,
  type PublicKey,
  type TrustedKey,
} from "../../core/attest/trusted-keys.ts";
import { addressOf, type Digest } from "../../core/digest.ts";
import { curveOf, readApplication, readPublicKey, WireReader, wireString } from "./ssh-wire.ts";

/** What every SSH signature begins with. */
export const SSHSIG = Buffer.from("SSHSIG", "latin1");

/** An envelope whose signature holds, with what it says and who signed it. */
export interface VerifiedEnvelope {
  readonly address: Digest;
  readonly statement: AnyStatement;
  /** The trusted keys that signed it; at least one. */
  readonly signers: readonly TrustedKey[];
}

export type Verification =
  | { readonly holds: true; readonly verified: VerifiedEnvelope }
  | { readonly holds: false; readonly reason: string };

/**
 * Checks an untrusted envelope against trusted keys, offline: its form, that the payload is an
 * in-toto statement, and that a key which is valid at `time` (ISO 8601) signed exactly these bytes.
 * What the statement is about is for the caller to compare. Never throws.
 */
export function verifyEnvelope(
  untrusted: unknown,
  trustedKeys: readonly TrustedKey[],
  time: string,
): Verification {
  const envelope = EnvelopeSchema.safeParse(untrusted).data;
  const payload = envelope && fromBase64(envelope.payload);
  if (!envelope || !payload) return failed("it is not a DSSE envelope of an in-toto statement");
  const text = Buffer.from(payload).toString("utf8");
  const statement = AnyStatement.safeParse(parseJson(text)).data;
  if (statement === undefined) return failed("its payload is not an in-toto statement");
  const signers = findSigners(envelope, payload, trustedKeys);
  if (signers.length === 0) return failed("no trusted key signed it");
  const valid = signers.filter((key) => isValidAt(key, time));
  if (valid.length === 0) return failed("the key that signed it is not valid at this time");
  return {
    holds: true,
    verified: { address: addressOf(envelope), statement, signers: valid },
  };
}

/** The keys of the list that signed an envelope's payload, each once. */
function findSigners(
  envelope: Envelope,
  payload: Uint8Array,
  trustedKeys: readonly TrustedKey[],
): readonly TrustedKey[] {
  const signed = preAuthEncoding(PAYLOAD_TYPE, payload);
  const signatures = envelope.signatures.map(({ sig }) => fromBase64(sig));
  return trustedKeys.filter((key) =>
    signatures.some((signature) => signature !== null && isSignedBy(key, signed, signature)),
  );
}

/**
 * Whether a key made a signature over these bytes: either plainly (Ed25519, or ECDSA P-256 with
 * SHA-256 in DER, as sigstore has it), or as an SSH signature (OpenSSH's PROTOCOL.sshsig) in
 * Shipgate's namespace.
 */
export function isSignedBy(key: PublicKey, signed: Uint8Array, signature: Uint8Array): boolean {
  try {
    return SSHSIG.equals(signature.subarray(0, SSHSIG.length))
      ? checkSshSignature(key, signed, signature)
      : checkPlain(key, signed, signature);
  } catch {
    // A key or a signature that cannot be read proves nothing.
    return false;
  }
}

function checkPlain(key: PublicKey, signed: Uint8Array, signature: Uint8Array): boolean {
  if (key.type === "ssh-ed25519") return verify(null, signed, readPublicKey(key), signature);
  if (key.type !== "ecdsa-sha2-nistp256") return false;
  return verify("sha256", signed, readPublicKey(key), signature);
}

function checkSshSignature(key: PublicKey, signed: Uint8Array, signature: Uint8Array): boolean {
  const wire = new WireReader(signature.subarray(SSHSIG.length));
  const version = wire.uint32();
  const blob = wire.string().toString("base64");
  const namespace = wire.text();
  const reserved = wire.string();
  const hash = wire.text();
  const inner = wire.string();
  if (version !== 1 || blob !== key.blob || namespace !== NAMESPACE || !wire.isAtEnd) return false;
  if (hash !== "sha256" && hash !== "sha512") return false;
  const digest = createHash(hash).update(signed).digest();
  const parts = [wireString(namespace), wireString(reserved), wireString(hash), wireString(digest)];
  return checkInner(key, Buffer.concat([SSHSIG, ...parts]), new WireReader(inner));
}

function checkInner(key: PublicKey, message: Buffer, wire: WireReader): boolean {
  const algorithm = wire.text();
  const signature = wire.string();
  const signed = key.type.startsWith("sk-") ? touchedMessage(key, message, wire) : message;
  if (signed === null || !wire.isAtEnd) return false;
  const publicKey = readPublicKey(key);
  if (key.type === "ssh-ed25519" || key.type === "sk-ssh-ed25519@openssh.com") {
    return algorithm === key.type && verify(null, signed, publicKey, signature);
  }
  if (key.type === "ssh-rsa") {
    const hash = { "rsa-sha2-256": "sha256", "rsa-sha2-512": "sha512" }[algorithm];
    return hash !== undefined && verify(hash, signed, publicKey, signature);
  }
  const curve = curveOf(key.type);
  if (curve === null || algorithm !== key.type) return false;
  const numbers = new WireReader(signature);
  const [r, s] = [numbers.number(), numbers.number()];
  if (!numbers.isAtEnd || r.length > curve.bytes || s.length > curve.bytes) return false;
  const plain = Buffer.alloc(2 * curve.bytes);
  r.copy(plain, curve.bytes - r.length);
  s.copy(plain, 2 * curve.bytes - s.length);
  return verify(curve.hash, signed, { key: publicKey, dsaEncoding: "ieee-p1363" }, plain);
}

/**
 * What a security key signs instead of a message (OpenSSH's PROTOCOL.u2f); null where nobody
 * touched it.
 */
function touchedMessage(key: PublicKey, message: Buffer, wire: WireReader): Buffer | null {
  const flags = wire.bytes(1);
  const counter = wire.bytes(4);
  const digest = (data: Buffer) => createHash("sha256").update(data).digest();
  const isTouched = ((flags[0] ?? 0) & 1) === 1;
  return isTouched
    ? Buffer.concat([digest(readApplication(key)), flags, counter, digest(message)])
    : null;
}

function failed(reason: string): Verification {
  return { holds: false, reason };
}
