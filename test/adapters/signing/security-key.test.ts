import { execFileSync } from "node:child_process";
import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import {
  WireReader,
  wireString,
  writePublicKey,
} from "../../../server/adapters/signing/ssh-wire.ts";
import { isSignedBy } from "../../../server/adapters/signing/verify.ts";
import { keyIdOf, type KeyType, type PublicKey } from "../../../server/core/attest/trusted-keys.ts";
import { makeFolder } from "../scratch-repository.ts";

const data = Buffer.from("what is signed");
const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest();
const KINDS = ["sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"] as const;

/** What a security key of the kind would hold and sign: this machine has none to touch. */
function makeToken(type: (typeof KINDS)[number]) {
  const pair =
    type === "sk-ssh-ed25519@openssh.com"
      ? generateKeyPairSync("ed25519")
      : generateKeyPairSync("ec", { namedCurve: "P-256" });
  const plain = new WireReader(Buffer.from(writePublicKey(pair.publicKey).blob, "base64"));
  plain.string();
  const parts: Buffer[] = [];
  while (!plain.isAtEnd) parts.push(wireString(plain.string()));
  const blob = Buffer.concat([wireString(type), ...parts, wireString("ssh:")]);
  const key: PublicKey = { keyId: keyIdOf(blob), type, blob: blob.toString("base64") };
  return { key, signature: (flags: number) => signAs(key.type, blob, pair.privateKey, flags) };
}

function signAs(type: KeyType, blob: Buffer, privateKey: KeyObject, flags: number): Buffer {
  const head = [wireString("shipgate"), wireString(""), wireString("sha512")];
  const digest = createHash("sha512").update(data).digest();
  const magic = Buffer.from("SSHSIG");
  const message = Buffer.concat([magic, ...head, wireString(digest)]);
  const tail = Buffer.of(flags, 0, 0, 0, 7);
  const signed = Buffer.concat([sha256(Buffer.from("ssh:")), tail, sha256(message)]);
  const inner = [wireString(type), wireString(rawSignature(type, signed, privateKey)), tail];
  const version = Buffer.of(0, 0, 0, 1);
  return Buffer.concat([
    magic,
    version,
    wireString(blob),
    ...head,
    wireString(Buffer.concat(inner)),
  ]);
}

function rawSignature(type: KeyType, signed: Buffer, key: KeyObject): Buffer {
  if (type === "sk-ssh-ed25519@openssh.com") return sign(null, signed, key);
  const plain = sign("sha256", signed, { key, dsaEncoding: "ieee-p1363" });
  const number = (bytes: Buffer) => {
    let start = 0;
    while (bytes[start] === 0) start += 1;
    const rest = bytes.subarray(start);
    return wireString(((rest[0] ?? 0) & 0x80) === 0 ? rest : Buffer.concat([Buffer.of(0), rest]));
  };
  return Buffer.concat([number(plain.subarray(0, 32)), number(plain.subarray(32))]);
}

describe("isSignedBy with security keys", () => {
  test.for(KINDS)("%s: a touched key's signature holds, for us and for ssh-keygen", (type) => {
    const { key, signature } = makeToken(type);
    const made = signature(1);
    expect(isSignedBy(key, data, made)).toBe(true);
    const folder = makeFolder();
    const body = made.toString("base64").replaceAll(/.{70}/gu, "$&\n");
    const armored = `-----BEGIN SSH SIGNATURE-----\n${body}\n-----END SSH SIGNATURE-----\n`;
    writeFileSync(join(folder, "sig"), armored);
    writeFileSync(join(folder, "signers"), `ada ${key.type} ${key.blob}\n`);
    const options = ["-f", "signers", "-I", "ada", "-n", "shipgate", "-s", "sig"];
    const said = execFileSync("ssh-keygen", ["-Y", "verify", ...options], {
      cwd: folder,
      input: data,
    });
    expect(said.toString()).toContain("Good");
  });

  test.for(KINDS)("%s: a key that nobody touched proves no person", (type) => {
    const { key, signature } = makeToken(type);
    expect(isSignedBy(key, data, signature(0))).toBe(false);
  });

  test.for(KINDS)("%s: a signature with any bit turned, or cut, is refused", (type) => {
    const { key, signature } = makeToken(type);
    const made = signature(1);
    for (let at = 0; at < made.length; at += 1) {
      const turned = Buffer.from(made);
      turned[at] = (turned[at] ?? 0) ^ 1;
      expect(isSignedBy(key, data, turned), `byte ${at}`).toBe(false);
      expect(isSignedBy(key, data, made.subarray(0, at))).toBe(false);
    }
  });
});
