import { utf8ToBytes } from "@noble/hashes/utils.js";
import { z } from "zod";

import { fromBase64 } from "./base64.ts";

/** What the payload of our envelopes is (in-toto attestation framework). */
export const PAYLOAD_TYPE = "application/vnd.in-toto+json";
/** Largest payload that is read, in bytes. */
export const PAYLOAD_BYTES = 8 * 1024 * 1024;

const base64 = (longest: number) => z.string().min(1).max(longest);

/** A DSSE envelope (https://github.com/secure-systems-lab/dsse), JSON form. */
export const Envelope = z.strictObject({
  payloadType: z.literal(PAYLOAD_TYPE),
  payload: base64(Math.ceil(PAYLOAD_BYTES / 3) * 4),
  signatures: z
    .array(z.strictObject({ keyid: z.string().max(200).exactOptional(), sig: base64(16_384) }))
    .min(1)
    .max(16),
});
export type Envelope = Readonly<z.infer<typeof Envelope>>;

/** The bytes that are signed: DSSE's pre-authentication encoding of a payload. */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = utf8ToBytes(payloadType);
  const head = utf8ToBytes(`DSSEv1 ${type.length} ${payloadType} ${payload.length} `);
  const bytes = new Uint8Array(head.length + payload.length);
  bytes.set(head);
  bytes.set(payload, head.length);
  return bytes;
}

/** An envelope from untrusted JSON text, with its payload's bytes; null where it is not one. */
export function parseEnvelope(
  text: string,
): { readonly envelope: Envelope; readonly payload: Uint8Array } | null {
  const envelope = Envelope.safeParse(parseJson(text)).data;
  const payload = envelope && fromBase64(envelope.payload);
  return envelope && payload ? { envelope, payload } : null;
}

/** JSON text as a value, undefined where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
