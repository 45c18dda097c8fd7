import type { Change } from "../change.ts";
import { addressOf, type Digest } from "../digest.ts";
import type { GitObjectId } from "../edit.ts";
import type { Fact } from "../fact.ts";
import type { Finding, Fix } from "../finding.ts";
import type { Location, RepoPath } from "../location.ts";
import type { Policy } from "../policy/policy.ts";
import { type RuleId, RULES } from "../rules.ts";
import type { SecretScan } from "./secrets.ts";

/** Everything that a check may look at. It is complete before the first check starts: checks do no IO. */
export interface CheckInput {
  readonly change: Change;
  /** Text of every blob of the change that is text; missing where a file is opaque. */
  readonly texts: ReadonlyMap<GitObjectId, string>;
  /** Text of files that the change did not touch but checks need, such as manifests, by path at head. */
  readonly context: ReadonlyMap<RepoPath, string>;
  readonly facts: readonly Fact[];
  /** ISO 8601, UTC; left out: each fact is as old as when it was learnt. */
  readonly now?: string;
  readonly policy: Policy;
  /** Files in which a connected assistant was at work while the change came to be. */
  readonly assistedPaths: ReadonlySet<RepoPath>;
  /** What the secret scanner made of the new lines. */
  readonly secrets: SecretScan;
}

/** A check: pure, total, never throws. What it cannot decide it reports as a finding of kind `unproven`. */
export type Check = (input: CheckInput) => readonly Finding[];

/** What a check says; `finding` fills in the rest from the rule's table. */
export interface Draft {
  readonly rule: RuleId;
  readonly kind?: Finding["kind"];
  /** What the finding is about, stable across line moves: a package name, a glob, a test's name. */
  readonly subject: string;
  readonly message: string;
  readonly location: Location;
  readonly related?: Finding["related"];
  readonly evidence?: readonly Digest[];
  readonly remedy?: string;
  readonly fixes?: readonly Fix[];
}

/** Makes a finding of a draft. Severity is the rule's default; the policy is applied to all findings together later. */
export function finding(draft: Draft): Finding {
  const rule = RULES[draft.rule];
  return {
    fingerprint: addressOf({
      rule: draft.rule,
      path: draft.location.path,
      subject: draft.subject,
    }),
    rule: draft.rule,
    kind: draft.kind ?? "violation",
    severity: rule.severity,
    message: draft.message,
    location: draft.location,
    related: draft.related ?? [],
    evidence: draft.evidence ?? [],
    remedy: draft.remedy ?? rule.remedy,
    fixes: draft.fixes ?? [],
  };
}
