import { printable } from "../../core/printable.ts";
import type { Review } from "../../core/review.ts";
import type { TestOutcome } from "../../core/run.ts";
import type { TestResult, TestResults } from "../../protocol.ts";
import type { UriOf } from "../diagnostics.ts";

const LONGEST_NAME = 1000;
const LONGEST_MESSAGE = 20_000;

/** The tests of the last run: those of head in their order, then those that only base has. */
export function testResults({ runs }: Review, uriOf: UriOf): TestResults | null {
  if (runs === null) return null;
  const before = byName(runs.base.tests);
  const after = byName(runs.head.tests);
  const gone = [...before.values()].filter(({ name }) => !after.has(name));
  const tests = [
    ...[...after.values()].map((test) => result(test, before.get(test.name) ?? null, uriOf)),
    ...gone.map((test) => goneResult(test, uriOf)),
  ];
  const id = `${runs.base.key} ${runs.head.key} ${runs.head.startedAt}`;
  return { id, tests, output: outputText(runs.head.outputTail) };
}

/** How a test fares against the base, in words. */
export function outcomeText(before: TestOutcome | null, after: TestOutcome): string {
  if (before === null) return `new, ${after.status}`;
  if (before.status === after.status) return `${after.status}, as on base`;
  return `${before.status} on base, ${after.status} on head`;
}

function byName(tests: readonly TestOutcome[]): ReadonlyMap<string, TestOutcome> {
  return new Map(tests.map((test) => [test.name, test]));
}

function result(test: TestOutcome, before: TestOutcome | null, uriOf: UriOf): TestResult {
  const { name, status, durationMs, message = "", location } = test;
  return {
    id: name,
    label: printable(name, LONGEST_NAME),
    place: location === undefined ? null : { uri: uriOf(location.path), line: location.line },
    head: status,
    durationMs,
    description: outcomeText(before, test),
    message: status === "failed" ? outputText(message).slice(0, LONGEST_MESSAGE) : "",
  };
}

function goneResult(test: TestOutcome, uriOf: UriOf): TestResult {
  const description = "gone on head";
  return { ...result(test, test, uriOf), head: null, message: "", description };
}

/** What a program printed, line by line: nothing in it moves the cursor or hides. */
function outputText(text: string): string {
  return text
    .split("\n")
    .map((line) => printable(line.replaceAll("\t", "  ").replace(/\r$/, ""), LONGEST_MESSAGE))
    .join("\n");
}
