import type { Digest } from "../digest.ts";
import type { Severity } from "../finding.ts";
import type { Location } from "../location.ts";
import type { RuleId } from "../rules.ts";
import type { Limits } from "../run.ts";
import type { EvidenceKind } from "../verdict.ts";
import type { WeightVersion } from "../weights.ts";

/** The policy file's path. It is always read from the merge base. */
export const POLICY_PATH = "shipgate.yaml";

export interface PolicyException {
  readonly rule: RuleId;
  readonly paths: readonly string[];
  readonly reason: string;
  readonly owner: string;
  /** Last day on which it holds, YYYY-MM-DD. */
  readonly expires: string;
}

/** Code that a policy forbids; code-pattern.ts says how patterns are written. */
export interface ForbiddenApi {
  readonly pattern: string;
  readonly paths: readonly string[];
  readonly reason: string;
}

/** Whose approval counts, and how many of them. */
export interface ApprovalRules {
  readonly count: number;
  /** Names in the base's list of signers; null: everybody in it. */
  readonly by: readonly string[] | null;
  /** Whether the authors of a change cannot approve it. */
  readonly notAuthor: boolean;
}

/** The effective policy: every value filled in. */
export interface Policy {
  readonly preset: "relaxed" | "balanced" | "strict";
  readonly block: Severity;
  readonly severities: { readonly [rule in RuleId]: Severity | "off" };
  readonly protectedPaths: readonly string[];
  /** Code that may not be added, beside what is forbidden everywhere. Without paths it holds in every file. */
  readonly forbiddenApis: readonly ForbiddenApi[];
  /** Most that one change may have; null: any number. */
  readonly changeSize: { readonly lines: number | null; readonly files: number | null };
  readonly require: readonly EvidenceKind[];
  readonly approvals: ApprovalRules;
  readonly sandbox: {
    /** Null: the project's own test script. */
    readonly command: readonly string[] | null;
    /** A recipe's name, or `name@sha256:…`. */
    readonly image: string;
    readonly limits: Limits;
    readonly egress: readonly string[];
  };
  readonly facts: {
    /** A folder of OSV records, absolute or from the root, or the address of an OSV API; null: none is set. */
    readonly osv: string | null;
    /** OpenVEX documents of the repository that say which advisories do not concern it. */
    readonly vex: readonly string[];
    /** Hours for which a version must have been public. */
    readonly minimumAgeHours: number;
  };
  readonly dependencies: {
    /** Packages that may not come in: names or package URLs, with `*`. */
    readonly deny: readonly string[];
    readonly licenses: {
      /** SPDX ids; null: every licence that is not denied. */
      readonly allow: readonly string[] | null;
      readonly deny: readonly string[];
    };
  };
  readonly exceptions: readonly PolicyException[];
  /** Version of the score's weights. */
  readonly weights: WeightVersion;
}

/** A mistake in the policy file, at its place. */
export interface PolicyProblem {
  readonly message: string;
  readonly location: Location;
}

/** A policy with where it came from. `hash` is the address of `policy`: two files that mean the same have one hash. */
export interface LoadedPolicy {
  readonly policy: Policy;
  readonly hash: Digest;
  /** `default` where the base has no policy file. */
  readonly origin: "default" | { readonly commit: string; readonly path: string };
  readonly problems: readonly PolicyProblem[];
  /** Line of the file that each of the policy's exceptions begins on, in their order. */
  readonly exceptionLines: readonly number[];
}
