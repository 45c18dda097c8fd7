import { MISSING } from "./evidence.ts";
import type { Finding } from "./finding.ts";
import type { RuleId } from "./rules.ts";
import type { Deduction, Grade, Score } from "./score.ts";
import type { EvidenceKind } from "./verdict.ts";
import type { Weights } from "./weights.ts";

/**
 * The trust score: 100 minus what findings and missing evidence cost, floor 0.
 *
 * The first finding of a rule costs the rule's points, each further one half of the one before,
 * rounded up, until the rule has cost twice its points. Missing evidence that findings already
 * speak of costs only what those findings do not. Hence removing evidence or adding a finding never
 * raises the score, and the order of the findings does not matter.
 */
export function trustScore(
  findings: readonly Finding[],
  missing: readonly EvidenceKind[],
  weights: Weights,
): Score {
  const costs = new Map<RuleId, number>();
  const deductions: Deduction[] = [];
  const charged = findings.filter(({ exception }) => exception === undefined);
  for (const [rule, group] of Map.groupBy(charged.toSorted(byPlace), (each) => each.rule)) {
    const lines = chargeRule(group, weights.finding(rule));
    costs.set(rule, total(lines));
    deductions.push(...lines);
  }
  for (const evidence of new Set(missing)) {
    const { reason, remedy, toldBy } = MISSING[evidence];
    const told = toldBy === null ? 0 : (costs.get(toldBy) ?? 0);
    const points = weights.missing[evidence] - told;
    if (points > 0) {
      deductions.push({ points, reason, subject: { kind: "missing", evidence }, remedy });
    }
  }
  const value = Math.max(0, 100 - total(deductions));
  return {
    value,
    grade: gradeOf(value),
    weights: weights.version,
    deductions: deductions.toSorted((a, b) => b.points - a.points || compare(keyOf(a), keyOf(b))),
  };
}

/** The grade of a score; the limits themselves belong to the lower grade. */
export function gradeOf(value: number): Grade {
  if (value > 90) return "A";
  if (value > 70) return "B";
  if (value > 50) return "C";
  if (value > 30) return "D";
  return value > 10 ? "E" : "F";
}

function chargeRule(group: readonly Finding[], first: number): readonly Deduction[] {
  const lines: Deduction[] = [];
  let next = first;
  let left = first * 2;
  for (const { message, fingerprint, remedy } of group) {
    const points = Math.min(next, left);
    if (points <= 0) break;
    lines.push({ points, reason: message, subject: { kind: "finding", fingerprint }, remedy });
    left -= points;
    next = Math.ceil(next / 2);
  }
  return lines;
}

function total(lines: readonly Deduction[]): number {
  return lines.reduce((sum, { points }) => sum + points, 0);
}

function byPlace(a: Finding, b: Finding): number {
  return (
    compare(a.location.path, b.location.path) ||
    a.location.startLine - b.location.startLine ||
    compare(a.fingerprint, b.fingerprint) ||
    compare(a.message, b.message)
  );
}

function keyOf({ subject, reason }: Deduction): string {
  return `${subject.kind === "finding" ? subject.fingerprint : subject.evidence} ${reason}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
