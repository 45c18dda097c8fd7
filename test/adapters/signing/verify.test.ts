import { generateKeyPairSync, sign } from "node:crypto";

import { describe, expect, test } from "vitest";

import { wireString, writePublicKey } from "../../../server/adapters/signing/ssh-wire.ts";
import { isSignedBy, verifyEnvelope } from "../../../server/adapters/signing/verify.ts";
import { PAYLOAD_TYPE, preAuthEncoding } from "../../../server/core/attest/envelope.ts";
import { NOW, STATEMENT, trusted } from "./keys.ts";

const pair = generateKeyPairSync("ed25519");
const key = trusted(writePublicKey(pair.publicKey));
const data = Buffer.from("what is signed");

function envelopeOf(statement: unknown, payloadType = PAYLOAD_TYPE) {
  const payload = Buffer.from(JSON.stringify(statement));
  const sig = sign(null, preAuthEncoding(payloadType, payload), pair.privateKey);
  return {
    payloadType,
    payload: payload.toString("base64"),
    signatures: [{ keyid: key.keyId, sig: sig.toString("base64") }],
  };
}

interface Parts {
  readonly version?: number;
  readonly namespace?: string;
  readonly hash?: string;
  readonly algorithm?: string;
  readonly trailing?: Buffer;
  readonly blob?: string;
}

/** An SSH signature by hand, with one part other than ssh-keygen would make it, and still rightly signed. */
async function sshSignature(parts: Parts = {}): Promise<Buffer> {
  const { version = 1, namespace = "shipgate", hash = "sha512", algorithm = "ssh-ed25519" } = parts;
  const { createHash } = await import("node:crypto");
  const digest = createHash(hash).update(data).digest();
  const magic = Buffer.from("SSHSIG");
  const head = [wireString(namespace), wireString(""), wireString(hash)];
  const signed = Buffer.concat([magic, ...head, wireString(digest)]);
  const inner = [wireString(algorithm), wireString(sign(null, signed, pair.privateKey))];
  const number = Buffer.alloc(4);
  number.writeUInt32BE(version);
  return Buffer.concat([
    magic,
    number,
    wireString(Buffer.from(parts.blob ?? key.blob, "base64")),
    ...head,
    wireString(Buffer.concat(inner)),
    parts.trailing ?? Buffer.alloc(0),
  ]);
}

describe("verifyEnvelope", () => {
  test("takes an envelope that a trusted key signed", () => {
    expect(verifyEnvelope(envelopeOf(STATEMENT), [key], NOW)).toMatchObject({ holds: true });
  });

  const other = trusted(writePublicKey(generateKeyPairSync("ed25519").publicKey));
  const good = envelopeOf(STATEMENT);
  const [signature] = good.signatures;
  test.for([
    [
      "another payload",
      { ...good, payload: btoa(JSON.stringify({ ...STATEMENT, predicate: {} })) },
    ],
    ["another payload type", { ...good, payloadType: "application/json" }],
    ["a payload type that was signed but is not ours", envelopeOf(STATEMENT, "text/plain")],
    ["no signature", { ...good, signatures: [] }],
    ["an empty signature", { ...good, signatures: [{ ...signature, sig: "" }] }],
    ["a cut signature", { ...good, signatures: [{ sig: signature?.sig.slice(0, 40) }] }],
    ["a field more", { ...good, extra: 1 }],
    ["base64 with stray bits", { ...good, payload: good.payload.replace(/.$/u, "*") }],
    ["17 signatures", { ...good, signatures: Array.from({ length: 17 }, () => signature) }],
    ["a payload that is no statement", envelopeOf({ hello: 1 })],
    ["a payload of another statement version", envelopeOf({ ...STATEMENT, _type: "https://x" })],
    ["a statement about nothing", envelopeOf({ ...STATEMENT, subject: [] })],
    ["a text", "hello"],
    ["null", null],
    ["a list", [good]],
  ] as const)("refuses %s", ([, envelope]) => {
    expect(verifyEnvelope(envelope, [key], NOW)).toMatchObject({ holds: false });
  });

  test("the key's name in the envelope decides nothing", () => {
    const renamed = { ...good, signatures: [{ ...signature, keyid: other.keyId }] };
    expect(verifyEnvelope(renamed, [other], NOW)).toMatchObject({ holds: false });
    expect(verifyEnvelope(renamed, [key], NOW)).toMatchObject({ holds: true });
  });

  test("trusts nobody without a list", () => {
    expect(verifyEnvelope(good, [], NOW)).toMatchObject({ holds: false });
  });

  test.for([
    [{ validBefore: "20260601" }, false],
    [{ validBefore: "20260602" }, true],
    [{ validAfter: "20260601120001Z" }, false],
    [{ validAfter: "202606011200" }, true],
  ] as const)("a key with %o counts: %s", ([validity, holds]) => {
    expect(verifyEnvelope(good, [{ ...key, ...validity }], NOW).holds).toBe(holds);
  });
});

describe("isSignedBy with SSH signatures", () => {
  test("takes one that is as ssh-keygen makes it", async () => {
    expect(isSignedBy(key, data, await sshSignature())).toBe(true);
    expect(isSignedBy(key, data, await sshSignature({ hash: "sha256" }))).toBe(true);
  });

  test.for<[string, Parts]>([
    ["another version", { version: 2 }],
    ["git's own namespace", { namespace: "git" }],
    ["no namespace", { namespace: "" }],
    ["a weak hash", { hash: "sha1" }],
    ["another algorithm", { algorithm: "ssh-rsa" }],
    ["something behind it", { trailing: Buffer.from("x") }],
    ["another key inside", { blob: writePublicKey(generateKeyPairSync("ed25519").publicKey).blob }],
  ])("refuses %s", async ([, parts]) => {
    expect(isSignedBy(key, data, await sshSignature(parts))).toBe(false);
  });

  test("refuses a signature that is cut at any byte, without throwing", async () => {
    const whole = await sshSignature();
    for (let end = 0; end < whole.length; end += 1) {
      expect(isSignedBy(key, data, whole.subarray(0, end))).toBe(false);
    }
  });

  test("refuses a signature with any bit turned", async () => {
    const whole = await sshSignature();
    const reserved = whole.indexOf("shipgate") + "shipgate".length;
    for (let at = 0; at < whole.length; at += 1) {
      const turned = Buffer.from(whole);
      turned[at] = (turned[at] ?? 0) ^ 1;
      expect(isSignedBy(key, data, turned), `byte ${at} of ${reserved}`).toBe(false);
    }
  });
});
