import { type Evidence, MISSING, missingEvidence } from "./evidence.ts";
import { atLeast, type Finding } from "./finding.ts";
import type { LoadedPolicy } from "./policy/policy.ts";
import type { Reason, Verdict } from "./verdict.ts";

/**
 * The verdict over findings that the policy was applied to: `fail` for a violation at or above the
 * blocking severity that no exception covers; else `unproven` where a check of that severity could
 * not decide or required evidence is missing; else `pass`.
 */
export function judge(
  findings: readonly Finding[],
  evidence: Evidence,
  { policy, hash }: Pick<LoadedPolicy, "policy" | "hash">,
): Verdict {
  const blocking = findings.filter(
    (each) => each.exception === undefined && atLeast(each.severity, policy.block),
  );
  const missing = missingEvidence(evidence, policy.require);
  const reasons: readonly Reason[] = [
    ...blocking.map(({ fingerprint, message }): Reason => ({
      kind: "finding",
      fingerprint,
      text: message,
    })),
    ...missing.map((kind): Reason => ({
      kind: "missing",
      evidence: kind,
      text: `The policy asks for it: ${MISSING[kind].reason}.`,
    })),
  ];
  const fails = blocking.some(({ kind }) => kind === "violation");
  const status = fails ? "fail" : reasons.length > 0 ? "unproven" : "pass";
  return { status, change: evidence.change, policy: hash, reasons };
}
