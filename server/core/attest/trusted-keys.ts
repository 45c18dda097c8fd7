import { sha256 } from "@noble/hashes/sha2.js";

import { fromBase64, toBase64 } from "./base64.ts";

/** The list of people whose approvals count. It is always read from the merge base. */
export const ALLOWED_SIGNERS_PATH = ".shipgate/allowed-signers";
/** What SSH signatures of ours are made for; a key that is listed for other namespaces does not count. */
export const NAMESPACE = "shipgate";

/** Kinds of SSH public keys whose signatures are understood. */
export const KEY_TYPES = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "ssh-rsa",
  "sk-ssh-ed25519@openssh.com",
  "sk-ecdsa-sha2-nistp256@openssh.com",
] as const;
export type KeyType = (typeof KEY_TYPES)[number];

/** A public key in SSH's form, whichever program made it. */
export interface PublicKey {
  /** `SHA256:` and the fingerprint that `ssh-keygen -l` shows. */
  readonly keyId: string;
  readonly type: KeyType;
  /** The key's wire form (RFC 4253, section 6.6), in base64. */
  readonly blob: string;
}

/** A key that somebody is known by. */
export interface TrustedKey extends PublicKey {
  /** Who holds it: usually an e-mail address. */
  readonly principals: readonly string[];
  /** From and until when it counts: `YYYYMMDD[HHMM[SS]]`, UTC. */
  readonly validAfter?: string;
  readonly validBefore?: string;
}

/** A line of the list that is not understood. Its key does not count. */
export interface SignersProblem {
  readonly line: number;
  readonly message: string;
}

/** Longest list that is read, in UTF-16 units. */
const LONGEST = 512 * 1024;

/**
 * Reads a list in the form of OpenSSH's allowed_signers (ssh-keygen(1), ALLOWED SIGNERS):
 * `principals [options] keytype key`. Only literal principals are taken, and no certificate
 * authorities: a list of approvers names people. Never throws; what is not understood trusts nobody.
 */
export function parseAllowedSigners(text: string): {
  readonly keys: readonly TrustedKey[];
  readonly problems: readonly SignersProblem[];
} {
  if (text.length > LONGEST) {
    return { keys: [], problems: [{ line: 1, message: "The list is too long to be read." }] };
  }
  const keys: TrustedKey[] = [];
  const problems: SignersProblem[] = [];
  for (const [index, raw] of text.split("\n").entries()) {
    const row = raw.trim();
    if (row === "" || row.startsWith("#")) continue;
    const parsed = parseRow(row);
    if (typeof parsed === "string") problems.push({ line: index + 1, message: parsed });
    else if (parsed !== null) keys.push(parsed);
  }
  return { keys, problems };
}

/** A public key line such as `ssh-ed25519 AAAA… comment`; null where it is none that is understood. */
export function parsePublicKey(line: string): PublicKey | null {
  const [type, blob = ""] = line.trim().split(/\s+/u);
  const known = KEY_TYPES.find((each) => each === type);
  const bytes = fromBase64(blob);
  if (known === undefined || bytes === null || nameIn(bytes) !== known) return null;
  return { keyId: keyIdOf(bytes), type: known, blob };
}

/** The fingerprint of a key's wire form, as `ssh-keygen -l` shows it. */
export function keyIdOf(blob: Uint8Array): string {
  return `SHA256:${toBase64(sha256(blob)).replace(/=+$/u, "")}`;
}

/** Whether a key counts at a time (ISO 8601, UTC). */
export function isValidAt(key: TrustedKey, time: string): boolean {
  const at = time.replaceAll(/\D/gu, "").slice(0, 14);
  return (
    (key.validAfter === undefined || padded(key.validAfter) <= at) &&
    (key.validBefore === undefined || at < padded(key.validBefore))
  );
}

/** The key of a row, null where it is for another purpose, or what is wrong with it. */
function parseRow(row: string): TrustedKey | string | null {
  const parts = /^(?:"(?<quoted>[^"]*)"|(?<bare>\S+))\s+(?<rest>.+)$/u.exec(row)?.groups;
  const principals = (parts?.["quoted"] ?? parts?.["bare"] ?? "").split(",");
  const rest = parts?.["rest"] ?? "";
  if (principals.some((each) => each === "" || /[*?!\s]/u.test(each))) {
    return "Name each person in full: patterns and empty names are not taken.";
  }
  const found = /(?:^|\s)(?<key>(?:ssh|ecdsa|sk)-\S+\s+\S+)(?:\s|$)/u.exec(rest);
  const key = parsePublicKey(found?.groups?.["key"] ?? "");
  if (found === null || key === null) return "This is not a public key that is understood.";
  const options = readOptions(rest.slice(0, found.index).trim());
  if (typeof options === "string") return options;
  const { namespaces, ...validity } = options;
  if (namespaces !== undefined && !namespaces.split(",").includes(NAMESPACE)) return null;
  return { ...key, principals, ...validity };
}

interface KeyOptions {
  readonly namespaces?: string;
  readonly validAfter?: string;
  readonly validBefore?: string;
}

function readOptions(text: string): KeyOptions | string {
  const options: { namespaces?: string; validAfter?: string; validBefore?: string } = {};
  let rest = text;
  while (rest !== "") {
    const match = /^(?<name>[a-z-]+)(?:="(?<value>[^"]*)")?(?:,|$)/iu.exec(rest);
    const { name = "", value } = match?.groups ?? {};
    switch (name.toLowerCase()) {
      case "namespaces":
        options.namespaces = value ?? "";
        break;
      case "valid-after":
      case "valid-before":
        if (!/^\d{8}(?:\d{4}(?:\d{2})?)?Z?$/u.test(value ?? "")) return "A date is not readable.";
        options[name.toLowerCase() === "valid-after" ? "validAfter" : "validBefore"] = value ?? "";
        break;
      case "cert-authority":
        return "Certificate authorities are not taken: list each key.";
      default:
        return "An option is not understood, so the key does not count.";
    }
    rest = rest.slice(match?.[0].length ?? rest.length).trim();
  }
  return options;
}

function padded(date: string): string {
  return date.replace("Z", "").padEnd(14, "0");
}

/** The kind of key that a wire form says it is. */
function nameIn(bytes: Uint8Array): string {
  const [a = 0, b = 0, c = 0, length = 0] = bytes;
  return a + b + c > 0 ? "" : String.fromCharCode(...bytes.subarray(4, 4 + length));
}
