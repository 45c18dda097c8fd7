import type { Digest } from "./digest.ts";
import type { EvidenceKind } from "./verdict.ts";

export type Grade = "A" | "B" | "C" | "D" | "E" | "F";

/** Points taken off, what for, and what wins them back. */
export interface Deduction {
  /** A whole number of points, greater than 0. */
  readonly points: number;
  readonly reason: string;
  readonly subject:
    | { readonly kind: "finding"; readonly fingerprint: Digest }
    | { readonly kind: "missing"; readonly evidence: EvidenceKind };
  readonly remedy: string;
}

/** The trust score of a branch: 100 minus the deductions, floor 0. A summary for people, never the gate. */
export interface Score {
  readonly value: number;
  readonly grade: Grade;
  /** Version of the weights that it was computed with. */
  readonly weights: string;
  /** Largest first. Their points and `value` add up to 100 unless the floor was hit. */
  readonly deductions: readonly Deduction[];
}
