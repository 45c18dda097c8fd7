import canonicalize from "canonicalize";

import {
  type Envelope,
  PAYLOAD_BYTES,
  PAYLOAD_TYPE,
  preAuthEncoding,
} from "../../core/attest/envelope.ts";
import { AnyStatement } from "../../core/attest/statement.ts";
import { GateError } from "../../engine/errors.ts";
import type { Signer } from "../../engine/ports.ts";

/** The bytes of a statement that are signed: canonical JSON (RFC 8785). Throws a TypeError for what is none. */
export function payloadOf(statement: AnyStatement): Buffer {
  const text = canonicalize(AnyStatement.parse(statement)) ?? "";
  const payload = Buffer.from(text, "utf8");
  if (payload.length > PAYLOAD_BYTES) {
    throw new GateError("bad-input", "The statement is too large to be signed.", {
      remedy: "Split the change into smaller ones.",
    });
  }
  return payload;
}

/** Signs a statement as a DSSE envelope. Throws GateError `signing-failed`. */
export async function signStatement(
  statement: AnyStatement,
  signer: Signer,
  signal: AbortSignal,
): Promise<Envelope> {
  const payload = payloadOf(statement);
  const signature = await signer.sign(preAuthEncoding(PAYLOAD_TYPE, payload), signal);
  return {
    payloadType: PAYLOAD_TYPE,
    payload: payload.toString("base64"),
    signatures: [{ keyid: signer.publicKey.keyId, sig: Buffer.from(signature).toString("base64") }],
  };
}
