import type { Finding } from "../finding.ts";
import { lineLocation } from "../location.ts";
import type { PolicyProblem } from "../policy/policy.ts";
import { POLICY_PATH } from "../policy/policy.ts";
import { printable } from "../printable.ts";
import type { RuleId } from "../rules.ts";
import { findTooLargeChange } from "./change-size.ts";
import { type Check, type CheckInput, finding } from "./check.ts";
import { findMalicious, findVulnerable } from "./dependency-advisories.ts";
import { findLookalikes, findNonexistent } from "./dependency-existence.ts";
import { findMissingFacts } from "./dependency-facts-missing.ts";
import {
  findDeprecated,
  findInstallScripts,
  findProvenanceDowngrades,
  findTooNew,
} from "./dependency-release.ts";
import { findExoticSources, findLockMismatches, findUnpinned } from "./dependency-source.ts";
import { findDenied, findLicenses } from "./dependency-terms.ts";
import { findUnreadable } from "./dependency-unreadable.ts";
import { findAddedDependencies, findUndeclaredImports } from "./dependency.ts";
import { findForbiddenApis } from "./forbidden-api.ts";
import { findHiddenUnicode } from "./hidden-unicode.ts";
import { findHostExecutedFiles } from "./host-executed-file.ts";
import { findPolicyChange } from "./policy-changed.ts";
import { findInvalidBase, findInvalidEdit } from "./policy-invalid.ts";
import { findPossibleSecrets } from "./possible-secret.ts";
import { findProtectedPaths } from "./protected-path.ts";
import { findSecrets } from "./secrets.ts";
import { findAddedSuppressions } from "./suppression-added.ts";
import { findWeakenedTests } from "./test-weakened.ts";
import { findUnattributed } from "./unattributed.ts";
import { findUnreadableSources } from "./unreadable-source.ts";

/** A check with the rule that speaks for it where it breaks down. */
export interface NamedCheck {
  readonly rule: RuleId;
  readonly check: Check;
}

/** Every static check. */
export const CHECKS: readonly NamedCheck[] = [
  { rule: "dependency/added", check: findAddedDependencies },
  { rule: "dependency/undeclared-import", check: findUndeclaredImports },
  { rule: "dependency/unreadable", check: findUnreadable },
  { rule: "dependency/does-not-exist", check: findNonexistent },
  { rule: "dependency/name-lookalike", check: findLookalikes },
  { rule: "dependency/malicious", check: findMalicious },
  { rule: "dependency/vulnerable", check: findVulnerable },
  { rule: "dependency/too-new", check: findTooNew },
  { rule: "dependency/install-script", check: findInstallScripts },
  { rule: "dependency/deprecated", check: findDeprecated },
  { rule: "dependency/provenance-downgrade", check: findProvenanceDowngrades },
  { rule: "dependency/denied", check: findDenied },
  { rule: "dependency/license", check: findLicenses },
  { rule: "dependency/exotic-source", check: findExoticSources },
  { rule: "dependency/lockfile-mismatch", check: findLockMismatches },
  { rule: "dependency/unpinned", check: findUnpinned },
  { rule: "dependency/facts-missing", check: findMissingFacts },
  { rule: "policy/host-executed-file", check: findHostExecutedFiles },
  { rule: "policy/protected-path", check: findProtectedPaths },
  { rule: "policy/policy-changed", check: findPolicyChange },
  { rule: "policy/invalid", check: findInvalidEdit },
  { rule: "policy/secret", check: findSecrets },
  { rule: "policy/possible-secret", check: findPossibleSecrets },
  { rule: "policy/test-weakened", check: findWeakenedTests },
  { rule: "policy/suppression-added", check: findAddedSuppressions },
  { rule: "policy/hidden-unicode", check: findHiddenUnicode },
  { rule: "policy/forbidden-api", check: findForbiddenApis },
  { rule: "policy/change-too-large", check: findTooLargeChange },
  { rule: "policy/unreadable-source", check: findUnreadableSources },
  { rule: "provenance/unattributed", check: findUnattributed },
];

/**
 * Runs the checks and gives each finding once, not yet judged by the policy (applyPolicy does
 * that). `problems` are the mistakes of the merge base's policy. A check that throws has a bug of
 * ours; it becomes a finding of kind `unproven`, never silence.
 */
export function runChecks(
  input: CheckInput,
  problems: readonly PolicyProblem[],
  checks: readonly NamedCheck[] = CHECKS,
): readonly Finding[] {
  const found = [
    ...findInvalidBase(problems),
    ...checks.flatMap((named) => runCheck(named, input)),
  ];
  return [...new Map(found.map((each) => [each.fingerprint, each])).values()];
}

function runCheck({ rule, check }: NamedCheck, input: CheckInput): readonly Finding[] {
  try {
    return check(input);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [
      finding({
        rule,
        kind: "unproven",
        subject: "check failed",
        message: `The check for ${rule} broke down, so nothing is known about it: ${printable(reason)}`,
        location: lineLocation(input.change.files[0]?.path ?? POLICY_PATH, 1),
        remedy: "This is a bug of Shipgate; please report it with the message.",
      }),
    ];
  }
}
