import { createPublicKey, type KeyObject } from "node:crypto";
import { readFile, stat } from "node:fs/promises";

import { z } from "zod";

import { printable } from "../../core/printable.ts";
import { GateError } from "../../engine/errors.ts";
import { parseJson } from "./record-cache.ts";

const LARGEST = 4 * 1024 * 1024;
const MOST_ATTESTATIONS = 20;

/** Whom to believe about where packages were built: a sigstore trusted root, keys of registries, or both. */
export interface ProvenanceTrust {
  /** As sigstore publishes it; null: only keys count. */
  readonly root: unknown;
  readonly keys: ReadonlyMap<string, KeyObject>;
}

const TrustFile = z.object({
  trustedRoot: z.looseObject({ mediaType: z.string() }).optional(),
  // As npm's registries publish them: SPKI in base64.
  keys: z
    .array(z.object({ keyid: z.string(), key: z.string() }))
    .max(100)
    .default([]),
});

/** Reads `{ "trustedRoot": …, "keys": [{ "keyid", "key" }] }`. Throws GateError `registry-failed`. */
export async function readTrust(file: string): Promise<ProvenanceTrust> {
  try {
    const found = await stat(file);
    if (!found.isFile() || found.size > LARGEST) throw new TypeError("no file of that size");
    const { trustedRoot, keys } = TrustFile.parse(parseJson(await readFile(file, "utf8")));
    const read = keys.map(({ keyid, key }): [string, KeyObject] => [
      keyid,
      createPublicKey({ key: Buffer.from(key, "base64"), format: "der", type: "spki" }),
    ]);
    return { root: trustedRoot ?? null, keys: new Map(read) };
  } catch (cause) {
    const message = `The trusted root of provenance, ${printable(file)}, could not be read.`;
    const remedy =
      "Let SHIPGATE_PROVENANCE_TRUST name a file of trusted root and keys, or unset it.";
    throw new GateError("registry-failed", message, { remedy, cause });
  }
}

/** What attestations are about. */
export interface AttestedPackage {
  readonly name: string;
  readonly version: string;
  /** Subresource integrity of the archive, `sha512-…`. */
  readonly integrity: string;
}

const Answer = z.object({
  attestations: z
    .array(
      z.object({
        predicateType: z.string(),
        bundle: z.looseObject({
          dsseEnvelope: z.looseObject({ payload: z.string().max(LARGEST) }),
        }),
      }),
    )
    .max(MOST_ATTESTATIONS),
});
const Statement = z.object({
  predicateType: z.string(),
  subject: z
    .array(z.object({ name: z.string(), digest: z.record(z.string(), z.string()) }))
    .max(100),
});

/**
 * Verifies an answer of npm's attestation API with sigstore's own verifier: every bundle must hold
 * and be about this very archive, and one must be SLSA provenance. `missing`: there is none. Never throws.
 */
export async function verifyAttestations(
  answer: unknown,
  about: AttestedPackage,
  trust: ProvenanceTrust,
): Promise<"verified" | "invalid" | "missing"> {
  const { attestations = [] } = Answer.safeParse(answer).data ?? {};
  if (attestations.length === 0) return "missing";
  let isProvenance = false;
  for (const { bundle, predicateType } of attestations) {
    if (!(await holds(bundle, trust))) return "invalid";
    const payload = Buffer.from(bundle.dsseEnvelope.payload, "base64").toString("utf8");
    const statement = Statement.safeParse(parseJson(payload)).data;
    if (statement === undefined || statement.predicateType !== predicateType) return "invalid";
    if (!statement.subject.some((subject) => isAbout(subject, about))) return "invalid";
    isProvenance ||= predicateType.startsWith("https://slsa.dev/provenance/");
  }
  return isProvenance ? "verified" : "missing";
}

function isAbout(
  { name, digest }: { readonly name: string; readonly digest: Readonly<Record<string, string>> },
  about: AttestedPackage,
): boolean {
  const hash = /^sha512-([A-Za-z0-9+/]+=*)$/u.exec(about.integrity)?.[1];
  if (hash === undefined) return false;
  const plain = name.replaceAll("%40", "@");
  return (
    plain === `pkg:npm/${about.name}@${about.version}` &&
    digest["sha512"] === Buffer.from(hash, "base64").toString("hex")
  );
}

async function holds(bundle: unknown, { root, keys }: ProvenanceTrust): Promise<boolean> {
  const { bundleFromJSON } = await import("@sigstore/bundle");
  const { TrustedRoot } = await import("@sigstore/protobuf-specs");
  const { toSignedEntity, toTrustMaterial, Verifier } = await import("@sigstore/verify");
  try {
    const trusted = TrustedRoot.fromJSON(root ?? NO_SERVICES);
    const material = toTrustMaterial(trusted, (hint) => {
      const key = keys.get(hint);
      if (key === undefined) throw new Error("Unknown key.");
      return { publicKey: key, validFor: () => true };
    });
    // What the root has of services must have seen the signature; a root without any trusts keys alone.
    const logs = trusted.tlogs.length > 0 ? 1 : 0;
    const certificates = trusted.ctlogs.length > 0 ? 1 : 0;
    const thresholds = {
      tlogThreshold: logs,
      ctlogThreshold: certificates,
      tsaThreshold: 0,
      timestampThreshold: logs,
    };
    new Verifier(material, thresholds).verify(toSignedEntity(bundleFromJSON(bundle)));
    return true;
  } catch {
    return false;
  }
}

const NO_SERVICES = {
  mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
  tlogs: [],
  certificateAuthorities: [],
  ctlogs: [],
  timestampAuthorities: [],
};
