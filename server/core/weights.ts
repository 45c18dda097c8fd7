import { type RuleId, RULES } from "./rules.ts";
import type { EvidenceKind } from "./verdict.ts";

/** Versions of the weights that a policy can name, oldest first. A published version never changes. */
export const WEIGHT_VERSIONS = ["v1"] as const;
export type WeightVersion = (typeof WEIGHT_VERSIONS)[number];

/** What findings and missing evidence cost. */
export interface Weights {
  readonly version: WeightVersion;
  /** Points of the first finding of a rule; further ones of the same rule cost half of the one before, twice the first in all. */
  readonly finding: (rule: RuleId) => number;
  readonly missing: { readonly [kind in EvidenceKind]: number };
}

/** The weights by version. */
export const WEIGHTS: { readonly [version in WeightVersion]: Weights } = {
  v1: {
    version: "v1",
    finding: (rule) => RULES[rule].points,
    missing: { run: 15, attribution: 10, facts: 10, approval: 5 },
  },
};
