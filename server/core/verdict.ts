import type { Digest } from "./digest.ts";

/** Evidence that a policy can require. */
export const EVIDENCE_KINDS = ["attribution", "run", "facts", "approval"] as const;
export type EvidenceKind = (typeof EVIDENCE_KINDS)[number];

/** One reason for a verdict: a finding, or evidence that is missing. */
export type Reason =
  | { readonly kind: "finding"; readonly fingerprint: Digest; readonly text: string }
  | { readonly kind: "missing"; readonly evidence: EvidenceKind; readonly text: string };

/** `fail` outweighs `unproven`, which outweighs `pass`; missing evidence is never a pass. */
export interface Verdict {
  readonly status: "pass" | "fail" | "unproven";
  readonly change: Digest;
  readonly policy: Digest;
  readonly reasons: readonly Reason[];
}
