import { createCipheriv, type KeyObject, randomBytes, scryptSync } from "node:crypto";

/**
 * scrypt's cost, the strongest that OpenSSL still opens (it allows 32 MiB):
 * OWASP's N = 2^14, r = 8, p = 5.
 */
const COST = { N: 2 ** 14, r: 8, p: 5 } as const;

const OID = {
  pbes2: "06092a864886f70d01050d",
  scrypt: "06092b06010401da47040b",
  aes256cbc: "060960864801650304012a",
} as const;

/**
 * A private key as `ENCRYPTED PRIVATE KEY` (RFC 5958) under PBES2 with scrypt (RFC 7914) and
 * AES-256-CBC. Node's own export stops at 2,048 rounds of PBKDF2; OpenSSL and Node open both.
 */
export function encryptPrivateKey(key: KeyObject, passphrase: string): string {
  const salt = randomBytes(16);
  const iv = randomBytes(16);
  const secret = scryptSync(Buffer.from(passphrase, "utf8"), salt, 32, COST);
  const cipher = createCipheriv("aes-256-cbc", secret, iv);
  const plain = key.export({ format: "der", type: "pkcs8" });
  const encrypted = Buffer.concat([cipher.update(plain), cipher.final()]);
  const costs = [COST.N, COST.r, COST.p].map(integer);
  const derivation = sequence(oid(OID.scrypt), sequence(octets(salt), ...costs));
  const encryption = sequence(oid(OID.aes256cbc), octets(iv));
  const algorithm = sequence(oid(OID.pbes2), sequence(derivation, encryption));
  const text = sequence(algorithm, octets(encrypted)).toString("base64");
  const lines = text.match(/.{1,64}/gu) ?? [];
  return [
    "-----BEGIN ENCRYPTED PRIVATE KEY-----",
    ...lines,
    "-----END ENCRYPTED PRIVATE KEY-----",
    "",
  ].join("\n");
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return element(0x30, Buffer.concat(parts));
}

function octets(bytes: Buffer): Buffer {
  return element(0x04, bytes);
}

function integer(value: number): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
  const isHigh = ((bytes[0] ?? 0) & 0x80) !== 0;
  return element(0x02, isHigh ? Buffer.concat([Buffer.of(0), bytes]) : bytes);
}

function oid(der: string): Buffer {
  return Buffer.from(der, "hex");
}

function element(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), content]);
}
