import type { Finding } from "../core/finding.ts";
import type { Review } from "../core/review.ts";
import type { Verdict } from "../core/verdict.ts";

/** The findings of a review that the sandbox made. */
export function sandboxFindings({ findings }: Review): readonly Finding[] {
  return findings.filter(({ rule }) => rule.startsWith("sandbox/"));
}

/**
 * What base and head in the sandbox come to, without the other checks: `fail` where the policy blocks
 * on one of the sandbox's findings, `unproven` where a run or a part of its evidence is missing.
 */
export function runStatus(review: Review): Verdict["status"] {
  const own = sandboxFindings(review);
  const blocking = new Set(
    review.verdict.reasons.flatMap((it) => (it.kind === "finding" ? [it.fingerprint] : [])),
  );
  const inTheWay = own.filter(({ fingerprint }) => blocking.has(fingerprint));
  if (inTheWay.some(({ kind }) => kind === "violation")) return "fail";
  if (review.runs === null || own.some(({ kind }) => kind === "unproven")) return "unproven";
  return inTheWay.length > 0 ? "fail" : "pass";
}
