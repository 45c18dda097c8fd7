import { describe, expect, test } from "vitest";

import { fromBase64, toBase64 } from "../../../../server/core/attest/base64.ts";
import {
  parseAllowedSigners,
  parsePublicKey,
} from "../../../../server/core/attest/trusted-keys.ts";

const BLOB = "AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
const KEY = `ssh-ed25519 ${BLOB}`;

describe("parseAllowedSigners", () => {
  test("reads names, dates and comments", () => {
    const text = [
      "# approvers",
      "",
      `ada@shop.example,ada ${KEY} Ada's laptop`,
      `"bob@shop.example" valid-after="20260101",valid-before="20270101Z" ${KEY}`,
      `eve@shop.example namespaces="git,shipgate" ${KEY}`,
    ].join("\r\n");
    const { keys, problems } = parseAllowedSigners(text);
    expect(problems).toEqual([]);
    expect(keys).toMatchObject([
      { principals: ["ada@shop.example", "ada"], type: "ssh-ed25519", blob: BLOB },
      { principals: ["bob@shop.example"], validAfter: "20260101", validBefore: "20270101Z" },
      { principals: ["eve@shop.example"] },
    ]);
  });

  test("a key for another purpose trusts nobody and is no mistake", () => {
    const text = `ada@shop.example namespaces="git" ${KEY}`;
    expect(parseAllowedSigners(text)).toEqual({ keys: [], problems: [] });
  });

  test.for([
    ["everybody", `* ${KEY}`],
    ["a pattern", `*@shop.example ${KEY}`],
    ["a negated name", `!eve@shop.example,ada ${KEY}`],
    ["an empty name", `ada,,bob ${KEY}`],
    ["a certificate authority", `ada cert-authority ${KEY}`],
    ["an unknown option", `ada no-touch-required ${KEY}`],
    ["a date that is none", `ada valid-before="soon" ${KEY}`],
    ["a key of an unknown kind", `ada ssh-dss ${BLOB}`],
    ["a key that is of another kind than it says", `ada ssh-rsa ${BLOB}`],
    ["a key that is cut", `ada ssh-ed25519 ${BLOB.slice(0, 21)}`],
    ["no key", "ada@shop.example"],
  ] as const)("%s is a mistake that trusts nobody", ([, text]) => {
    const { keys, problems } = parseAllowedSigners(`# first\n${text}`);
    expect(keys).toEqual([]);
    expect(problems).toMatchObject([{ line: 2 }]);
  });

  test("a list without end is not read", () => {
    expect(parseAllowedSigners(`ada ${KEY}\n`.repeat(10_000)).keys).toEqual([]);
  });
});

describe("parsePublicKey", () => {
  test("gives the fingerprint that ssh-keygen shows", () => {
    // From `ssh-keygen -lf` over this very key.
    expect(parsePublicKey(`${KEY} comment`)?.keyId).toBe(
      "SHA256:ZkAslGjFiUHdGf/WUL8rQvkib4PTvQatUV0OUQSncCA",
    );
  });
});

describe("base64", () => {
  test("goes both ways for every length", () => {
    for (let length = 0; length < 40; length += 1) {
      const bytes = Uint8Array.from({ length }, (_, at) => (at * 37 + length) % 256);
      expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
      expect(fromBase64(toBase64(bytes))).toEqual(bytes);
    }
  });

  test.for(["A", "AA", "AB==", "AA=", "A===", "AA==AA==", "A A=", "AAA-", "AAA\n"])(
    "%j is refused",
    (text) => {
      expect(fromBase64(text)).toBeNull();
    },
  );
});
