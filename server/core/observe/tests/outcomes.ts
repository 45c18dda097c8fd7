import type { RepoPath } from "../../location.ts";
import type { TestOutcome } from "../../run.ts";
import { repoPathOf } from "../workspace-paths.ts";

/** Bounds on what a run's own output can make us keep. */
const MOST_TESTS = 20_000;
const LONGEST_NAME = 500;
const LONGEST_MESSAGE = 4000;

export type TestStatus = TestOutcome["status"];

/** What a parser knows of a test; names and messages are still as the program wrote them. */
export interface ReadTest {
  /** Suites, outermost first, and the test's own name. */
  readonly names: readonly string[];
  readonly status: TestStatus;
  readonly durationMs?: number;
  readonly message?: string;
  /** A file as the runner names it. */
  readonly file?: string;
  readonly line?: number;
}

/** A parser of one runner's output. Total: never throws; gives nothing for what is not its format. */
export interface ResultParser {
  readonly runner: string;
  /** A cheap look at the text before it is parsed. */
  readonly matches: (text: string) => boolean;
  readonly parse: (text: string) => readonly ReadTest[];
}

/** Records of tests, bounded. */
export function outcomesOf(tests: readonly ReadTest[]): TestOutcome[] {
  const outcomes: TestOutcome[] = [];
  for (const test of tests.slice(0, MOST_TESTS)) {
    const location = locationOf(test);
    const message = test.message?.trim();
    outcomes.push({
      name: test.names
        .filter((name) => name !== "")
        .join(" › ")
        .slice(0, LONGEST_NAME),
      status: test.status,
      durationMs: boundedDuration(test.durationMs),
      ...(message === undefined || message === "" ? {} : { message: cut(message) }),
      ...(location === null ? {} : { location }),
    });
  }
  return outcomes;
}

/** Start and end of a long message: the error is at one end, its stack at the other. */
function cut(message: string): string {
  if (message.length <= LONGEST_MESSAGE) return message;
  const half = LONGEST_MESSAGE / 2;
  return `${message.slice(0, half)}\n…\n${message.slice(-half)}`;
}

function boundedDuration(durationMs: number | undefined): number {
  if (durationMs === undefined || !Number.isFinite(durationMs) || durationMs < 0) return 0;
  return Math.min(durationMs, 1e9);
}

function locationOf(test: ReadTest): { path: RepoPath; line: number } | null {
  const path = test.file === undefined ? null : repoPathOf(test.file, true);
  const isLine = Number.isSafeInteger(test.line) && (test.line ?? 0) > 0;
  return path === null || !isLine ? null : { path, line: test.line ?? 1 };
}

// oxlint-disable no-control-regex -- escape sequences are what it removes.
const ESCAPES =
  /\u001b(?:\[[0-9;:?<=>]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\^_])/g;
// oxlint-enable no-control-regex

/** A program's output as plain lines: escape sequences removed, line ends made alike. */
export function plainText(output: string): string {
  return output.replaceAll(ESCAPES, "").replaceAll(/\r\n?/g, "\n");
}

/** `1.5ms`, `2 s`, `0.03s` and the like in milliseconds. */
export function milliseconds(text: string | undefined): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m)?\s*$/.exec(text ?? "");
  if (match === null) return undefined;
  const factor = match[2] === "s" ? 1000 : match[2] === "m" ? 60_000 : 1;
  return Number(match[1]) * factor;
}

/** How deep a line is indented, in columns. */
export function indentation(line: string): number {
  return line.length - line.trimStart().length;
}
