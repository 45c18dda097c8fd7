import type { Delta } from "../delta.ts";
import type { Location } from "../location.ts";
import { printable } from "../printable.ts";
import type { RunRecord, StackFrame, TestOutcome } from "../run.ts";
import type { CheckInput, Draft } from "./check.ts";
import { framesIn, isAdded, testLine } from "./run-places.ts";

type ChangedTest = Delta["tests"][number];

/** A draft whose place may be left open: then it is where the change begins. */
export type OpenDraft = Omit<Draft, "location"> & { readonly location?: Location };

/** Most findings of one kind: a change that breaks a thousand tests says so in fewer. */
const MOST_FINDINGS = 50;
/** Most of a message that is looked at for its reason, in UTF-16 units. */
const LONGEST_REASON = 2000;

/** Tests that fail, are gone or are skipped with the change and were not so on the base. */
export function draftTests(
  input: CheckInput,
  { base, head }: { base: RunRecord; head: RunRecord },
  delta: Delta,
): OpenDraft[] {
  if (base.end.reason !== "exited") return [];
  const isWhole = head.end.reason === "exited";
  const worse = delta.tests.filter((test) => isWorse(test, isWhole));
  const drafts = worse.slice(0, MOST_FINDINGS).map((test) => testDraft(input, test));
  const more = worse.length - drafts.length;
  if (more > 0) {
    const message = `${more} more tests give another result than before.`;
    drafts.push({ rule: "sandbox/test-outcome-changed", subject: "more", message });
  }
  // The exit code is the truth: what a run prints about its tests is the program's own word.
  if (head.end.reason === "exited" && head.end.code !== 0 && !head.tests.some(hasFailed)) {
    if (base.end.code === 0 || base.tests.some(hasFailed))
      drafts.push(exitDraft(base, head.end.code));
  }
  return drafts;
}

function exitDraft(base: RunRecord, code: number): OpenDraft {
  const before = base.end.reason === "exited" ? base.end.code : 0;
  const says = before === 0 ? "on the base it ends with 0" : "although no test says that it failed";
  return {
    rule: "sandbox/test-outcome-changed",
    subject: "exit code",
    message: `With the change the command ends with exit code ${code}; ${says}.`,
    remedy: "Read the run's output; the end of it says what went wrong.",
  };
}

/** A test that a cut-off run did not get to is not gone. */
function isWorse({ before, after }: ChangedTest, isWhole: boolean): boolean {
  if (after !== null && hasFailed(after)) return true;
  return before?.status === "passed" && (after === null ? isWhole : after.status === "skipped");
}

function testDraft(input: CheckInput, test: ChangedTest): OpenDraft {
  const place = (test.after ?? test.before)?.location;
  const own = place === undefined ? testLine(input, test.name) : at(place);
  const frames = framesIn(test.after?.message ?? "");
  const changed = frames.find((frame) => isAdded(input, frame));
  const named = own ?? (frames[0] === undefined ? null : firstOwn(frames));
  const location = changed === undefined ? named : at(changed);
  const isElsewhere = named !== null && location !== null && !isSame(named, location);
  return {
    rule: "sandbox/test-outcome-changed",
    subject: test.name,
    message: `The test "${printable(test.name)}" ${verdictOn(test)}.`,
    ...(location === null ? {} : { location }),
    ...(isElsewhere ? { related: [{ location: named, message: "the test" }] } : {}),
  };
}

function at({ path, line }: { path: string; line: number }): Location {
  return { path, startLine: line, endLine: line };
}

function firstOwn(frames: readonly StackFrame[]): Location | null {
  const own = frames.find(({ path }) => !path.includes("node_modules/") && path.includes("/"));
  return own === undefined ? null : at(own);
}

function isSame(a: Location, b: Location): boolean {
  return a.path === b.path && a.startLine === b.startLine;
}

function verdictOn({ before, after }: ChangedTest): string {
  if (after === null) return "passed before and is gone";
  if (after.status === "skipped") return "passed before and is skipped now";
  const reason = reasonOf(after.message ?? "");
  const why = reason === "" ? "" : `: ${printable(reason)}`;
  if (before === null) return `is new and fails${why}`;
  return `${before.status === "passed" ? "passed" : "was skipped"} before and fails now${why}`;
}

/** The first line of a message; one that only announces the next, as `Expected values to be equal:`, goes on with it. */
function reasonOf(message: string): string {
  const lines = message.slice(0, LONGEST_REASON).split("\n");
  const [first = "", next = ""] = lines.map((line) => line.trim()).filter((line) => line !== "");
  const whole = first.endsWith(":") && next !== "" ? `${first} ${next}` : first;
  return whole.replace(/[\s:.]+$/u, "");
}

/** Whether a test failed. */
export function hasFailed({ status }: Pick<TestOutcome, "status">): boolean {
  return status === "failed";
}
