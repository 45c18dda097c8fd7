import { APPROVAL_STATES, type ApprovalView } from "../../core/approvals.ts";
import type { Change } from "../../core/change.ts";
import { type Finding, type Severity, SEVERITIES } from "../../core/finding.ts";
import type { Location } from "../../core/location.ts";
import { printable } from "../../core/printable.ts";
import type { Review } from "../../core/review.ts";
import type { Behaviour, Isolation, RunEnd, RunRecord } from "../../core/run.ts";
import type { Score } from "../../core/score.ts";

/** Longest sentence that a report quotes. */
const LONGEST = 2000;

/** A sentence of the gate's own: already escaped, but nothing that reaches a terminal is taken on trust. */
export function sentence(text: string): string {
  return printable(text, LONGEST);
}

/** `3 files`, `1 file`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** Which change a report is about: branch, base, size and sessions. */
export function describeChange(change: Change): string {
  const branch = change.branch === null ? "detached HEAD" : printable(change.branch);
  const sessions = change.sessions.map(({ agent }) => printable(agent));
  const by = sessions.length === 0 ? "" : `, ${[...new Set(sessions)].join(" and ")} at work`;
  const base = change.base.commit.slice(0, 8);
  return `${branch} against ${base}: ${count(change.files.length, "file")}${by}`;
}

/** Why the verdict is what it is, in one sentence. */
export function describeVerdict({ verdict }: Review): string {
  const blocking = verdict.reasons.filter(({ kind }) => kind === "finding").length;
  const missing = verdict.reasons.flatMap((reason) =>
    reason.kind === "missing" ? [reason.evidence] : [],
  );
  const lacks = missing.length === 0 ? "" : `missing evidence: ${missing.join(", ")}`;
  switch (verdict.status) {
    case "pass":
      return "nothing stands in the way";
    case "fail":
      return [`${count(blocking, "finding")} in the way`, lacks].filter(Boolean).join("; ");
    case "unproven":
      return lacks || `${count(blocking, "check")} could not be decided`;
  }
}

/** Points that the sum takes beyond 100, which a score does not go below 0 for. */
export function sparedPoints({ value, deductions }: Score): number {
  return value - 100 + deductions.reduce((sum, { points }) => sum + points, 0);
}

/** Findings by file, in the order in which the review has them; most severe files first. */
export function byFile(findings: readonly Finding[]): ReadonlyMap<string, readonly Finding[]> {
  const files = new Map<string, Finding[]>();
  for (const finding of findings) {
    const inFile = files.get(finding.location.path);
    if (inFile === undefined) files.set(finding.location.path, [finding]);
    else inFile.push(finding);
  }
  for (const inFile of files.values()) {
    inFile.sort((a, b) => a.location.startLine - b.location.startLine);
  }
  return files;
}

/** How many findings there are of each severity, most severe first. */
export function countBySeverity(findings: readonly Finding[]): string {
  return SEVERITIES.toReversed()
    .map((severity) => ({ severity, found: findings.filter((it) => it.severity === severity) }))
    .filter(({ found }) => found.length > 0)
    .map(({ severity, found }) => severityCount(found.length, severity))
    .join(", ");
}

function severityCount(number: number, severity: Severity): string {
  return severity === "info" ? `${number} info` : count(number, severity);
}

/** `path:line` or `path:line:column`. */
export function describePlace({ path, startLine, startColumn }: Location): string {
  const column = startColumn === undefined ? "" : `:${startColumn}`;
  return `${printable(path, LONGEST)}:${startLine}${column}`;
}

/** How one run went, in one line. */
export function describeRun(run: RunRecord): string {
  const outcomes = (["passed", "failed", "skipped"] as const)
    .map((status) => [run.tests.filter((test) => test.status === status).length, status] as const)
    .filter(([number]) => number > 0)
    .map(([number, status]) => `${number} ${status}`);
  const tests = outcomes.length === 0 ? "no tests seen" : outcomes.join(", ");
  return `${describeEnd(run.end)} after ${(run.durationMs / 1000).toFixed(1)} s, ${tests}`;
}

function describeEnd(end: RunEnd): string {
  switch (end.reason) {
    case "exited":
      return `exit ${end.code}`;
    case "timeout":
      return "ended by the time limit";
    case "out-of-memory":
      return "ended by the memory limit";
    case "output-limit":
      return "ended by the output limit";
    case "tampered":
      return "its observation was tampered with";
    case "cancelled":
      return "cancelled";
    case "engine-lost":
      return `the engine was lost (${sentence(end.detail)})`;
  }
}

/** What the sandbox proved about itself. What it did not prove is said as loudly. */
export function describeIsolation({ level, engine, selfTest }: Isolation): string {
  const claims = [
    [selfTest.connectionDenied, "connection denied", "CONNECTION NOT DENIED"],
    [selfTest.writeDenied, "write denied", "WRITE NOT DENIED"],
    [selfTest.limitsApplied, "limits applied", "LIMITS NOT APPLIED"],
    [selfTest.unprivileged, "unprivileged", "PRIVILEGED"],
  ] as const;
  const proven = claims.map(([holds, yes, no]) => (holds ? yes : no)).join(", ");
  return `${level} on ${printable(engine)} (self-test: ${proven})`;
}

/** Something that the head run does and the base run does not. */
export function describeBehaviour(behaviour: Behaviour): string {
  switch (behaviour.kind) {
    case "connect": {
      const { host, address, port, protocol, process } = behaviour;
      const name = host === undefined ? "" : ` for ${printable(host)}`;
      const target = protocol === "icmp" ? printable(address) : `${printable(address)}:${port}`;
      return `connects to ${target} (${protocol})${name}, by ${printable(process)}`;
    }
    case "lookup":
      return `looks up ${printable(behaviour.name)} (${printable(behaviour.type)})`;
    case "process":
      return `starts ${printable(behaviour.argv.join(" "))}`;
    case "file":
      return `${behaviour.operation} ${printable(behaviour.path)}`;
  }
}

/** One approval, in one line: who, when, why, and whether it counts. */
export function describeApproval({ by, reason, time, state }: ApprovalView): string {
  const who = by === null ? "an unlisted key" : printable(by);
  const why = reason === "" ? "" : `: ${sentence(reason)}`;
  const mark = state === "counts" ? "✓" : "✗";
  return `  ${mark} ${who}, ${time.slice(0, 16).replace("T", " ")}${why} (${APPROVAL_STATES[state]})`;
}

/** ` until 2027-01-31`, or nothing for what has no end. */
export function untilDay(day: string | undefined): string {
  return day === undefined ? "" : ` until ${day}`;
}
