import type { TestOutcome } from "../../run.ts";
import { cargo } from "./cargo.ts";
import { goJson, goText } from "./go.ts";
import { jestJson, mochaJson } from "./json-reports.ts";
import { junit } from "./junit.ts";
import { jestText, mochaSpec } from "./mocha-jest.ts";
import { nodeSpec } from "./node-spec.ts";
import { outcomesOf, plainText, type ReadTest, type ResultParser } from "./outcomes.ts";
import { pytest, unittest } from "./python.ts";
import { tap } from "./tap.ts";
import { vitestText } from "./vitest-text.ts";

/** Every parser, the exactest formats first. */
const PARSERS: readonly ResultParser[] = [
  jestJson,
  mochaJson,
  goJson,
  junit,
  nodeSpec,
  vitestText,
  jestText,
  mochaSpec,
  pytest,
  unittest,
  goText,
  cargo,
  tap,
];

/** Formats with a whole report on one line; for the others a line has a bounded length. */
const WHOLE_LINES: ReadonlySet<ResultParser> = new Set([jestJson, mochaJson, goJson, junit]);
const LONG_LINE = /^(.{4000}).+$/gm;

/**
 * The tests that a run's output tells of. The program under test can print what it likes, so this
 * is a hint: the exit code alone says whether the run passed. Total and linear in the output.
 * Of several formats in one output the one that tells of the most tests is taken.
 */
export function readTests(output: string): TestOutcome[] {
  const whole = plainText(output);
  const cut = whole.replaceAll(LONG_LINE, "$1");
  let best: readonly ReadTest[] = [];
  for (const parser of PARSERS) {
    const text = WHOLE_LINES.has(parser) ? whole : cut;
    if (!parser.matches(text)) continue;
    const tests = parser.parse(text);
    if (tests.length > best.length) best = tests;
  }
  return outcomesOf(best);
}
