import type { Finding } from "../../core/finding.ts";
import type { Review } from "../../core/review.ts";
import { ruleUrl } from "../../core/rules.ts";
import {
  byFile,
  countBySeverity,
  describeBehaviour,
  describeChange,
  describeIsolation,
  describePlace,
  describeRun,
  describeVerdict,
  sentence,
  sparedPoints,
  untilDay,
} from "./words.ts";

/** A review for a pull request's comment or a job's summary, as GitHub-flavoured Markdown. */
export function reportMarkdown(review: Review): string {
  const { verdict, score, change, findings } = review;
  const parts = [
    `## Shipgate: ${verdict.status} (score ${score.value} ${score.grade})`,
    `${escape(describeChange(change))}. ${capitalise(escape(describeVerdict(review)))}.`,
    ...verdict.reasons.flatMap((reason) =>
      reason.kind === "missing" ? [`- ${escape(sentence(reason.text))}`] : [],
    ),
    findingsTable(findings),
    scoreTable(review),
    sandboxPart(review),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

/** Text that Markdown, HTML and a table's cells show as it is. */
function escape(text: string): string {
  return text
    .replaceAll(/[\\`*_{}[\]()#+!|~<>&@:]/g, (character) => `&#${character.charCodeAt(0)};`)
    .replaceAll("\n", " ");
}

function capitalise(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function findingsTable(findings: readonly Finding[]): string {
  if (findings.length === 0) return "No findings.";
  const rows = [...byFile(findings).values()].flat().map((finding) => {
    const { severity, location, rule, message, remedy, kind, exception } = finding;
    const doubt = kind === "unproven" ? " (unproven)" : "";
    const accepted = exception === undefined ? "" : ` Accepted${untilDay(exception.expires)}.`;
    const place = escape(describePlace(location));
    const text = `${escape(sentence(message))}${accepted}<br>→ ${escape(sentence(remedy))}`;
    return `| ${severity}${doubt} | ${place} | ${text} | [${rule}](${ruleUrl(rule)}) |`;
  });
  return [
    `### Findings: ${countBySeverity(findings)}`,
    "",
    "| severity | place | what, and what to do | rule |",
    "| --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

function scoreTable({ score }: Review): string {
  if (score.deductions.length === 0) return "";
  const spared = sparedPoints(score);
  return [
    "<details><summary>The score's sum</summary>",
    "",
    "| points | reason | what wins them back |",
    "| ---: | --- | --- |",
    "| 100 | | |",
    ...score.deductions.map(
      ({ points, reason, remedy }) =>
        `| −${points} | ${escape(sentence(reason))} | ${escape(sentence(remedy))} |`,
    ),
    ...(spared > 0 ? [`| +${spared} | not taken: a score does not go below 0 | |`] : []),
    `| = ${score.value} | | |`,
    "",
    "</details>",
  ].join("\n");
}

function sandboxPart({ runs, delta }: Review): string {
  if (runs === null) return "";
  const differences = [
    ...(delta?.tests ?? []).map(
      ({ name, before, after }) =>
        `- ${escape(sentence(name))}: ${before?.status ?? "not there"} → ${after?.status ?? "gone"}`,
    ),
    ...(delta?.appeared ?? []).map((it) => `- head ${escape(describeBehaviour(it))}`),
  ];
  return [
    "### Sandbox",
    "",
    `- base: ${escape(describeRun(runs.base))}`,
    `- head: ${escape(describeRun(runs.head))}`,
    `- isolation: ${escape(describeIsolation(runs.head.isolation))}`,
    ...(delta !== null && differences.length === 0
      ? ["- no difference in behaviour"]
      : differences),
  ].join("\n");
}
