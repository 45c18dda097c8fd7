import type { SerializedBundle } from "@sigstore/bundle";

import { PAYLOAD_TYPE } from "../../core/attest/envelope.ts";
import type { AnyStatement } from "../../core/attest/statement.ts";
import type { TrustedKey } from "../../core/attest/trusted-keys.ts";
import { GateError } from "../../engine/errors.ts";
import type { Signer } from "../../engine/ports.ts";
import { payloadOf } from "./sign.ts";
import { readPublicKey } from "./ssh-wire.ts";
import { type Verification, verifyEnvelope } from "./verify.ts";

/**
 * Signs a statement as a sigstore bundle (v0.3) with a key, without any service. An SSH signature
 * has no place in one: throws GateError `bad-input` for a signer of that form.
 */
export async function signBundle(
  statement: AnyStatement,
  signer: Signer,
  signal: AbortSignal,
): Promise<SerializedBundle> {
  if (signer.form !== "plain") {
    throw new GateError("bad-input", "An SSH key cannot sign a sigstore bundle.", {
      remedy: "Make a key for it with `shipgate key create`, and list it beside your SSH key.",
    });
  }
  const { DSSEBundleBuilder } = await import("@sigstore/sign");
  const { bundleToJSON } = await import("@sigstore/bundle");
  const publicKey = readPublicKey(signer.publicKey).export({ format: "pem", type: "spki" });
  const hint = signer.publicKey.keyId;
  const builder = new DSSEBundleBuilder({
    signer: {
      sign: async (data) => ({
        signature: Buffer.from(await signer.sign(data, signal)),
        key: { $case: "publicKey", publicKey: publicKey.toString(), hint },
      }),
    },
    witnesses: [],
  });
  return bundleToJSON(await builder.create({ data: payloadOf(statement), type: PAYLOAD_TYPE }));
}

/**
 * Checks an untrusted sigstore bundle against trusted keys with sigstore's own verifier, offline,
 * and its envelope with ours. Never throws.
 */
export async function verifyBundle(
  untrusted: unknown,
  trustedKeys: readonly TrustedKey[],
  time: string,
): Promise<Verification> {
  const { bundleFromJSON } = await import("@sigstore/bundle");
  const { toSignedEntity, toTrustMaterial, Verifier } = await import("@sigstore/verify");
  try {
    const bundle = bundleFromJSON(untrusted);
    const trust = toTrustMaterial(NO_SERVICES, (hint) => keyFor(hint, trustedKeys));
    const thresholds = { tlogThreshold: 0, ctlogThreshold: 0, tsaThreshold: 0 };
    const verifier = new Verifier(trust, { ...thresholds, timestampThreshold: 0 });
    verifier.verify(toSignedEntity(bundle));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "not a bundle";
    return { holds: false, reason: `sigstore's verifier refuses it (${code})` };
  }
  const { dsseEnvelope } = untrusted as { readonly dsseEnvelope?: unknown };
  return verifyEnvelope(dsseEnvelope, trustedKeys, time);
}

/** Trust in nobody's service: what counts is the key. */
const NO_SERVICES = {
  mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
  tlogs: [],
  certificateAuthorities: [],
  ctlogs: [],
  timestampAuthorities: [],
};

function keyFor(hint: string, trustedKeys: readonly TrustedKey[]) {
  const key = trustedKeys.find(({ keyId }) => keyId === hint);
  if (key === undefined) throw Object.assign(new Error("Unknown key."), { code: "UNKNOWN_KEY" });
  // Until when a key counts is checked with the envelope.
  return { publicKey: readPublicKey(key), validFor: () => true };
}
