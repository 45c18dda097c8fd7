import { z } from "zod";

import type { Digest } from "../digest.ts";
import type { Review } from "../review.ts";
import { PREDICATES, ResourceDescriptor, STATEMENT_TYPE, statementOf } from "./statement.ts";
import { type About, digestSet, subjectsOf } from "./subjects.ts";

/** Who verifies, in a verification summary. */
export const VERIFIER = "https://github.com/shipgate/shipgate";
/** Where the predicate has no field for what the gate says, its own field: VSA asks for a URI as name. */
export const VERDICT_FIELD = "https://github.com/shipgate/shipgate/attestation/verdict/v0.1";

const text = z.string().max(10_000);

/** What is proven of a source, in the words that SLSA leaves to an organisation. */
export const SOURCE_PROPERTIES = {
  pass: "ORG_SOURCE_SHIPGATE_PASS",
  run: "ORG_SOURCE_SHIPGATE_RUN",
  attribution: "ORG_SOURCE_SHIPGATE_ATTRIBUTED",
  approval: "ORG_SOURCE_SHIPGATE_APPROVED",
} as const;

const VerificationPredicate = z.strictObject({
  verifier: z.strictObject({ id: z.url(), version: z.record(z.string(), z.string()) }),
  timeVerified: z.iso.datetime(),
  resourceUri: z.string().min(1).max(2000),
  policy: ResourceDescriptor,
  inputAttestations: z.array(ResourceDescriptor).max(1000),
  verificationResult: z.enum(["PASSED", "FAILED"]),
  verifiedLevels: z.array(z.string().max(200)).min(1).max(100),
  slsaVersion: z.literal("1.1"),
  [VERDICT_FIELD]: z.strictObject({
    status: z.enum(["pass", "fail", "unproven"]),
    score: z.int().min(0).max(100),
    grade: z.enum(["A", "B", "C", "D", "E", "F"]),
    change: text,
    base: text,
    findings: z
      .array(z.strictObject({ rule: text, fingerprint: text, kind: text, severity: text }))
      .max(10_000),
    missing: z.array(text).max(100),
  }),
});

/** A SLSA verification summary (v1) of a change, a commit or an image. */
export const VerificationStatement = statementOf(PREDICATES.verification, VerificationPredicate);
export type VerificationStatement = z.infer<typeof VerificationStatement>;

/** What the gate found out, beyond what a review itself says. */
export interface VerificationContext {
  readonly about: About;
  /** What was verified, as the consumer names it: a repository's address or an image's name. */
  readonly resourceUri: string;
  readonly time: string;
  readonly version: string;
  /** Kinds of evidence that were there (core/evidence.ts). */
  readonly had: readonly string[];
  /** Addresses of the envelopes that were looked at. */
  readonly inputs: readonly Digest[];
}

/**
 * Sums a review up as a verification summary. It has but two results, so `unproven` is FAILED;
 * what the gate said is in the field of our own.
 */
export function verificationStatement(
  review: Review,
  context: VerificationContext,
): VerificationStatement {
  const { verdict, score, change, policy } = review;
  const passed = verdict.status === "pass";
  const proven = (["run", "attribution", "approval"] as const).filter((kind) =>
    context.had.includes(kind),
  );
  const levels = [SOURCE_PROPERTIES.pass, ...proven.map((kind) => SOURCE_PROPERTIES[kind])];
  const predicate = {
    verifier: { id: VERIFIER, version: { shipgate: context.version } },
    timeVerified: context.time,
    resourceUri: context.resourceUri,
    policy: { ...policyUri(policy.origin), digest: digestSet(policy.hash) },
    inputAttestations: context.inputs.map((input) => ({ digest: digestSet(input) })),
    verificationResult: passed ? "PASSED" : "FAILED",
    verifiedLevels: passed ? levels : ["FAILED"],
    slsaVersion: "1.1",
    [VERDICT_FIELD]: {
      status: verdict.status,
      score: score.value,
      grade: score.grade,
      change: change.id,
      base: change.base.commit,
      findings: review.findings.map(({ rule, fingerprint, kind, severity }) => ({
        rule,
        fingerprint,
        kind,
        severity,
      })),
      missing: verdict.reasons.flatMap((it) => (it.kind === "missing" ? [it.evidence] : [])),
    },
  };
  return VerificationStatement.parse({
    _type: STATEMENT_TYPE,
    subject: subjectsOf(context.about),
    predicateType: PREDICATES.verification,
    predicate,
  });
}

function policyUri(origin: Review["policy"]["origin"]): { readonly uri: string } {
  return {
    uri: origin === "default" ? "shipgate:default" : `git+commit:${origin.commit}#${origin.path}`,
  };
}
