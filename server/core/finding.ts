import type { Digest } from "./digest.ts";
import type { Location } from "./location.ts";
import type { RuleId } from "./rules.ts";

/** From least to most severe. */
export const SEVERITIES = ["info", "warning", "error"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Whether a severity is at or above another. */
export function atLeast(severity: Severity, threshold: Severity): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(threshold);
}

/** A change of text that mends a finding, offered as a quick fix and never applied unasked. */
export interface Fix {
  readonly title: string;
  readonly edits: readonly { readonly location: Location; readonly newText: string }[];
}

/** What a check found. A check that could not run yields a finding of kind `unproven`. */
export interface Finding {
  /** Stable across runs and line moves: rule, path and the subject, not the line number. */
  readonly fingerprint: Digest;
  readonly rule: RuleId;
  readonly kind: "violation" | "unproven";
  readonly severity: Severity;
  /** One plain sentence. Untrusted names in it are already escaped for a terminal and for Markdown. */
  readonly message: string;
  readonly location: Location;
  readonly related: readonly { readonly location: Location; readonly message: string }[];
  /** Addresses of the facts, runs and journal entries that it rests on. */
  readonly evidence: readonly Digest[];
  /** What to do next, in one sentence. */
  readonly remedy: string;
  readonly fixes: readonly Fix[];
  /**
   * Set where an exception of the policy covers it, or an approval; it then neither blocks nor costs
   * points. An approval has no day on which it ends: any edit voids it.
   */
  readonly exception?: {
    readonly reason: string;
    readonly owner: string;
    readonly expires?: string;
  };
}
