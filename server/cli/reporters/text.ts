import { styleText } from "node:util";

import type { Finding, Severity } from "../../core/finding.ts";
import { printable } from "../../core/printable.ts";
import type { Review } from "../../core/review.ts";
import type { Score } from "../../core/score.ts";
import type { Verdict } from "../../core/verdict.ts";
import {
  byFile,
  countBySeverity,
  describeApproval,
  describeBehaviour,
  describeChange,
  describeIsolation,
  describePlace,
  describeRun,
  describeVerdict,
  sentence,
  sparedPoints,
} from "./words.ts";

type Style = Parameters<typeof styleText>[0];
type Paint = (style: Style, text: string) => string;

interface TextOptions {
  readonly color: boolean;
}

/** A review for people: the verdict first, then the sum, the findings by file, and what the sandbox saw. */
export function reportText(review: Review, options: TextOptions): string {
  const paint = painter(options);
  const parts = [
    headline(review, paint),
    scoreSection(review.score, paint),
    ...findingSections(review.findings, paint),
    policySection(review),
    approvalSection(review.approvals, paint),
    sandboxSection(review, paint),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

/** The score's sum alone. */
export function reportScoreText(review: Review, options: TextOptions): string {
  const paint = painter(options);
  return `${headline(review, paint)}\n\n${scoreSection(review.score, paint)}\n`;
}

/** What the sandbox saw alone: base and head, and what differs. */
export function reportRunText(
  review: Review,
  status: Verdict["status"],
  findings: readonly Finding[],
  options: TextOptions,
): string {
  const paint = painter(options);
  const parts = [
    `${verdictWord(status, paint)}  ${describeChange(review.change)}`,
    sandboxSection(review, paint),
    ...findingSections(findings, paint),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function painter({ color }: TextOptions): Paint {
  return (style, text) => (color ? styleText(style, text, { validateStream: false }) : text);
}

function headline(review: Review, paint: Paint): string {
  const word = verdictWord(review.verdict.status, paint);
  const lines = [`${word}  ${describeVerdict(review)}`, `      ${describeChange(review.change)}`];
  for (const reason of review.verdict.reasons) {
    if (reason.kind === "missing") lines.push(`      ${sentence(reason.text)}`);
  }
  return lines.join("\n");
}

function verdictWord(status: Verdict["status"], paint: Paint): string {
  switch (status) {
    case "pass":
      return paint(["bold", "green"], "PASS");
    case "fail":
      return paint(["bold", "red"], "FAIL");
    case "unproven":
      return paint(["bold", "yellow"], "UNPROVEN");
  }
}

function scoreSection(score: Score, paint: Paint): string {
  const lines = [paint("bold", `Trust score ${score.value} ${score.grade}`), "   100"];
  for (const { points, reason, remedy } of score.deductions) {
    lines.push(`${`−${points}`.padStart(6)}  ${sentence(reason)}`);
    lines.push(paint("dim", `        → ${sentence(remedy)}`));
  }
  const spared = sparedPoints(score);
  if (spared > 0) lines.push(`${`+${spared}`.padStart(6)}  not taken: a score does not go below 0`);
  if (score.deductions.length > 0) lines.push(`= ${score.value}`.padStart(6));
  return lines.join("\n");
}

function findingSections(findings: readonly Finding[], paint: Paint): readonly string[] {
  if (findings.length === 0) return [];
  const files = [...byFile(findings)].map(([path, inFile]) =>
    [paint("underline", printable(path, 1000)), ...inFile.map((it) => describe(it, paint))].join(
      "\n",
    ),
  );
  return [paint("bold", `Findings: ${countBySeverity(findings)}`), ...files];
}

function describe(finding: Finding, paint: Paint): string {
  const { location, severity, rule, kind, message, remedy, related, exception } = finding;
  const doubt = kind === "unproven" ? " (unproven)" : "";
  const label = paint(styleOf(severity), `${severity}${doubt}`);
  const lines = [`${String(location.startLine).padStart(6)}  ${label}  ${sentence(message)}`];
  for (const { location: place, message: text } of related) {
    lines.push(`        ${describePlace(place)}: ${sentence(text)}`);
  }
  if (exception !== undefined) {
    const { reason, owner, expires } = exception;
    const until = expires === undefined ? "" : ` until ${expires}`;
    lines.push(`        Accepted${until} by ${printable(owner)}: ${sentence(reason)}`);
  }
  lines.push(`        → ${sentence(remedy)}`, paint("dim", `        ${rule}`));
  return lines.join("\n");
}

function styleOf(severity: Severity): Style {
  switch (severity) {
    case "info":
      return "cyan";
    case "warning":
      return "yellow";
    case "error":
      return "red";
  }
}

function policySection({ policy }: Review): string {
  return policy.problems
    .map(({ location, message }) => `${describePlace(location)}: ${sentence(message)}`)
    .join("\n");
}

function approvalSection(approvals: Review["approvals"], paint: Paint): string {
  if (approvals.length === 0) return "";
  return [paint("bold", "Approvals"), ...approvals.map(describeApproval)].join("\n");
}

function sandboxSection({ runs, delta }: Review, paint: Paint): string {
  if (runs === null) return "";
  const lines = [
    paint("bold", "Sandbox"),
    `  base  ${describeRun(runs.base)}`,
    `  head  ${describeRun(runs.head)}`,
    `  isolation: ${describeIsolation(runs.head.isolation)}`,
  ];
  if (delta === null) return lines.join("\n");
  const differences = [
    ...delta.tests.map(
      ({ name, before, after }) =>
        `${sentence(name)}: ${before?.status ?? "not there"} → ${after?.status ?? "gone"}`,
    ),
    ...delta.appeared.map((behaviour) => `head ${describeBehaviour(behaviour)}`),
  ];
  if (differences.length === 0) lines.push("  no difference in behaviour");
  return [...lines, ...differences.map((difference) => `  • ${difference}`)].join("\n");
}
