import type { Delta } from "../delta.ts";
import { addressOf, type Digest } from "../digest.ts";
import type { Finding } from "../finding.ts";
import { printable } from "../printable.ts";
import type { RunRecord, RunsOutcome } from "../run.ts";
import { type CheckInput, finding } from "./check.ts";
import { causeOf } from "./run-places.ts";
import { draftEgress, draftEvasions, draftProcesses } from "./sandbox-behaviours.ts";
import { draftTests, hasFailed, type OpenDraft } from "./sandbox-tests.ts";

/**
 * What base and head, run side by side, say about the change. Without both, or where one of them
 * proves nothing, a finding of kind `unproven` says why; what was seen nevertheless is still told.
 */
export function sandboxFindings(
  input: CheckInput,
  runs: RunsOutcome,
  delta: Delta | null,
): readonly Finding[] {
  if (input.change.files.length === 0) return [];
  if (runs.kind === "missing") return [couldNotRun(input, [], "", runs.reason, runs.remedy)];
  const evidence = [addressOf(runs.base), addressOf(runs.head)];
  const findings: Finding[] = [];
  for (const draft of [
    ...unusable(runs),
    ...limits(input, runs),
    ...(delta === null ? [] : [...draftTests(input, runs, delta), ...draftEgress(input, delta)]),
    ...(delta === null ? [] : [...draftProcesses(input, delta), ...draftEvasions(input, delta)]),
  ]) {
    const { location, ...rest } = draft;
    findings.push(
      finding({ ...rest, location: location ?? causeOf(input, [], []).location, evidence }),
    );
  }
  return findings;
}

function couldNotRun(
  input: CheckInput,
  evidence: readonly Digest[],
  subject: string,
  reason: string,
  remedy: string,
): Finding {
  return finding({
    rule: "sandbox/could-not-run",
    kind: "unproven",
    subject,
    message: reason,
    location: causeOf(input, [], []).location,
    evidence,
    remedy,
  });
}

function unusable({ base, head }: { base: RunRecord; head: RunRecord }): OpenDraft[] {
  const drafts: OpenDraft[] = [];
  for (const [side, run] of [["base", base] as const, ["head", head] as const]) {
    const flaw = flawOf(side, run);
    if (flaw === null) continue;
    const { message, remedy } = flaw;
    drafts.push({
      rule: "sandbox/could-not-run",
      kind: "unproven",
      subject: side,
      message,
      remedy,
    });
  }
  return drafts;
}

/** Why a run proves nothing, or null. */
function flawOf(side: "base" | "head", run: RunRecord): { message: string; remedy: string } | null {
  const failed = failedSelfTests(run);
  if (failed.length > 0) {
    return {
      message: `The ${side} ran in a box that did not prove its walls: ${failed.join(", ")}.`,
      remedy: "Run `shipgate sandbox doctor` to see what this machine's engine lacks.",
    };
  }
  switch (run.end.reason) {
    case "tampered":
      return {
        message: `The run of the ${side} got at its own observer, so what was seen of it proves nothing.`,
        remedy: "Look at the change for code that traces, kills or escapes processes.",
      };
    case "engine-lost":
      return {
        message: `The engine was lost while the ${side} ran: ${printable(run.end.detail)}`,
        remedy: "Start the engine, then run the change again.",
      };
    case "cancelled":
      return { message: `The run of the ${side} was cancelled.`, remedy: "Run the change again." };
    case "timeout":
    case "out-of-memory":
    case "output-limit":
      return side === "head" ? null : brokenBase(`it ${LIMIT[run.end.reason]}`);
    case "exited":
      // Failing tests of the base can be compared one by one; a command that fails without them cannot.
      return side === "base" && run.end.code !== 0 && !run.tests.some(hasFailed)
        ? brokenBase(`it ends with exit code ${run.end.code}`)
        : null;
  }
}

const LIMIT = {
  timeout: "ran into the time limit",
  "out-of-memory": "ran into the memory limit",
  "output-limit": "printed more than the limit",
} as const;

function brokenBase(why: string): { message: string; remedy: string } {
  return {
    message: `The command fails on the base already (${why}), so there is nothing to compare with.`,
    remedy:
      "Mend the base, or set a command that works there as `sandbox.command` in its shipgate.yaml.",
  };
}

function failedSelfTests({ isolation: { level, selfTest } }: RunRecord): string[] {
  const failed: string[] = [];
  if (level === "none") failed.push("there was none");
  if (!selfTest.connectionDenied) failed.push("a connection was not denied");
  if (!selfTest.writeDenied) failed.push("a write was not denied");
  if (!selfTest.unprivileged) failed.push("it had privileges");
  if (!selfTest.limitsApplied) failed.push("its limits did not hold");
  return failed;
}

function limits(
  input: CheckInput,
  { base, head }: { base: RunRecord; head: RunRecord },
): OpenDraft[] {
  const { reason } = head.end;
  if (reason !== "timeout" && reason !== "out-of-memory" && reason !== "output-limit") return [];
  if (base.end.reason !== "exited") return [];
  const { location } = causeOf(input, [], []);
  const message = `With the change the command ${LIMIT[reason]}; on the base it ends by itself.`;
  return [{ rule: "sandbox/resource-limit", subject: reason, message, location }];
}
