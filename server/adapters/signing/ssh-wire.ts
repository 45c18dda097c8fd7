import { createPublicKey, type KeyObject } from "node:crypto";

import { keyIdOf, type KeyType, type PublicKey } from "../../core/attest/trusted-keys.ts";
import { GateError } from "../../engine/errors.ts";

/** Curves by the name that SSH gives them, with what JSON Web Key calls them and the bytes of a coordinate. */
const CURVES = {
  nistp256: { crv: "P-256", bytes: 32, hash: "sha256" },
  nistp384: { crv: "P-384", bytes: 48, hash: "sha384" },
  nistp521: { crv: "P-521", bytes: 66, hash: "sha512" },
} as const;
export type Curve = keyof typeof CURVES;

/** Reads SSH's wire form (RFC 4251, section 5). Throws a RangeError at the end of hostile input. */
export class WireReader {
  #rest: Buffer;

  constructor(bytes: Uint8Array) {
    this.#rest = Buffer.from(bytes);
  }

  get isAtEnd(): boolean {
    return this.#rest.length === 0;
  }

  bytes(count: number): Buffer {
    if (count > this.#rest.length) throw new RangeError("The wire form ends early.");
    const taken = this.#rest.subarray(0, count);
    this.#rest = this.#rest.subarray(count);
    return taken;
  }

  uint32(): number {
    return this.bytes(4).readUInt32BE();
  }

  string(): Buffer {
    return this.bytes(this.uint32());
  }

  text(): string {
    return this.string().toString("latin1");
  }

  /** A positive number without its leading zeros. */
  number(): Buffer {
    const bytes = this.string();
    let start = 0;
    while (start < bytes.length && bytes[start] === 0) start += 1;
    return bytes.subarray(start);
  }
}

/** Bytes with their length before them. */
export function wireString(content: Uint8Array | string): Buffer {
  const bytes = typeof content === "string" ? Buffer.from(content, "utf8") : content;
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** The curve of an ECDSA key type. */
export function curveOf(type: KeyType): (typeof CURVES)[Curve] | null {
  const name = type.replace(/^(?:sk-)?ecdsa-sha2-/u, "").replace("@openssh.com", "");
  return Object.hasOwn(CURVES, name) ? CURVES[name as Curve] : null;
}

/** What a security key was made for: the last part of its public key's wire form. */
export function readApplication({ blob }: Pick<PublicKey, "blob">): Buffer {
  const wire = new WireReader(Buffer.from(blob, "base64"));
  let last = wire.string();
  while (!wire.isAtEnd) last = wire.string();
  return last;
}

/** The public key that a wire form holds. Throws where it holds none, or more than one. */
export function readPublicKey(key: Pick<PublicKey, "type" | "blob">): KeyObject {
  const wire = new WireReader(Buffer.from(key.blob, "base64"));
  if (wire.text() !== key.type) throw new RangeError("The key is of another kind than it says.");
  const jwk = readJwk(key.type, wire);
  if (key.type.startsWith("sk-")) wire.string();
  if (!wire.isAtEnd) throw new RangeError("The key has something behind it.");
  return createPublicKey({ key: jwk, format: "jwk" });
}

function readJwk(type: KeyType, wire: WireReader): Record<string, string> {
  if (type === "ssh-ed25519" || type === "sk-ssh-ed25519@openssh.com") {
    return { kty: "OKP", crv: "Ed25519", x: wire.string().toString("base64url") };
  }
  if (type === "ssh-rsa") {
    const [e, n] = [wire.number(), wire.number()];
    if (n.length < 256) throw new RangeError("The RSA key is shorter than 2048 bits.");
    return { kty: "RSA", e: e.toString("base64url"), n: n.toString("base64url") };
  }
  const curve = curveOf(type);
  wire.text();
  const point = wire.string();
  if (curve === null || point[0] !== 4 || point.length !== 1 + 2 * curve.bytes) {
    throw new RangeError("The key's point is not in its plain form.");
  }
  return {
    kty: "EC",
    crv: curve.crv,
    x: point.subarray(1, 1 + curve.bytes).toString("base64url"),
    y: point.subarray(1 + curve.bytes).toString("base64url"),
  };
}

/** An Ed25519 or P-256 key in SSH's form. Throws GateError `bad-input` for any other kind. */
export function writePublicKey(key: KeyObject): PublicKey {
  const { kty, crv, x = "", y = "" } = key.export({ format: "jwk" });
  if (kty === "OKP" && crv === "Ed25519") {
    return keyOf("ssh-ed25519", [wireString(Buffer.from(x, "base64url"))]);
  }
  if (kty === "EC" && crv === "P-256") {
    const point = [Buffer.of(4), Buffer.from(x, "base64url"), Buffer.from(y, "base64url")];
    return keyOf("ecdsa-sha2-nistp256", [wireString("nistp256"), wireString(Buffer.concat(point))]);
  }
  throw new GateError("bad-input", "The key is neither Ed25519 nor ECDSA P-256.", {
    remedy: "Use such a key, or make one with `shipgate key create`.",
  });
}

function keyOf(type: KeyType, parts: readonly Buffer[]): PublicKey {
  const blob = Buffer.concat([wireString(type), ...parts]);
  return { keyId: keyIdOf(blob), type, blob: blob.toString("base64") };
}
