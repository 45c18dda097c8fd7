import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import canonicalize from "canonicalize";

/** A SHA-256 digest in the form that OCI and in-toto use: `sha256:` and 64 hex digits. */
export type Digest = `sha256:${string}`;

/** SHA-256 of bytes, or of a string's UTF-8 bytes. */
export function sha256Digest(data: Uint8Array | string): Digest {
  return `sha256:${bytesToHex(sha256(typeof data === "string" ? utf8ToBytes(data) : data))}`;
}

/**
 * The address of a record: SHA-256 of its canonical JSON (RFC 8785).
 * Throws a TypeError when the record is not JSON-safe.
 */
export function addressOf(record: unknown): Digest {
  const text = canonicalize(record);
  if (text === undefined) throw new TypeError("A record that is not JSON has no address.");
  return sha256Digest(text);
}
