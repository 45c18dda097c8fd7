import { array, assert, constantFrom, oneof, property, string } from "fast-check";
import { describe, expect, test } from "vitest";

import { CHECKS, runChecks } from "../../../../server/core/checks/run-checks.ts";
import { inputOf } from "./fixture.ts";

const SIZE = 10_000;
const repeated = (part: string) => part.repeat(Math.ceil(SIZE / part.length));
const counted = (line: (at: number) => string) =>
  Array.from({ length: 150 }, (_, at) => line(at)).join("\n");

/** Texts that make a careless reader go round in circles. */
const FLOODS: Readonly<Record<string, string>> = {
  "open brackets": repeated("[{("),
  "open templates": repeated("`${"),
  "open patterns": repeated("=/["),
  "open tests": repeated('test("a",()=>{'),
  "open Python strings": repeated("'''"),
  "nested conditions": counted((at) => `${" ".repeat(Math.min(at, 300))}if a:`),
  "tests without bodies": repeated("def test_a():\n"),
  "many tests": counted((at) => `test("name ${at}", () => { expect(a${at}).toBe(1); });`),
  "many Python tests": counted((at) => `def test_name_${at}():\n    assert a${at} == 1`),
  "long chains": `a${repeated(".b()")}`,
  "hidden characters": repeated("\u200b"),
  "half flags": repeated("\u{1f3f4}\u{e0067}"),
  families: repeated("\u{1f468}\u200d"),
  directions: repeated("\u202e a"),
  "look-alikes": repeated("\u0430a "),
  "comments that silence": repeated("// @ts-ignore\n"),
  "blocks that silence": repeated("/* @ts-ignore */"),
  casts: repeated("as any "),
  tries: repeated("try:\n x\nexcept: pass\n"),
  notes: repeated("code generated "),
  snapshots: repeated("exports[`a"),
};
const PATHS = [
  "test/a.test.ts",
  "tests/test_a.py",
  "src/a.go",
  "test/a.snap",
  "package.json",
  "AGENTS.md",
];

describe.for(Object.keys(FLOODS))("on %s, every check", (name) => {
  const flood = FLOODS[name] ?? "";
  const other = flood.replaceAll("name", "other");

  test.for(PATHS)("ends and does not throw in %s", (path) => {
    for (const [before, after] of [
      ["", flood],
      [flood, "x\n"],
      [flood, `${other}\n`],
    ] as const) {
      const { input } = inputOf({ [path]: before }, { [path]: after });
      for (const { rule, check } of CHECKS) expect(() => check(input), rule).not.toThrow();
    }
  });
});

describe("policy/test-weakened", () => {
  test("does not pass tests that are too large to be read", () => {
    const flood = "def test_a():\n    assert a == 1\n".repeat(10_000);
    const path = "tests/test_a.py";
    const { input } = inputOf({ [path]: flood }, { [path]: `${flood}# more\n` });
    const found = runChecks(input, []).filter(({ rule }) => rule === "policy/test-weakened");
    expect(found.map(({ kind }) => kind)).toEqual(["unproven"]);
  });
});

describe("every check", () => {
  const piece = constantFrom(
    "test(",
    '"a"',
    ", () => {",
    "expect(",
    "x",
    ").toBe(1)",
    "});",
    "\n",
    "// @ts-ignore",
    "`${",
    "}`",
    "/[/]/",
    "'",
    "/*",
    "*/",
    "#",
    "def test_x():",
    "\n    assert a == 1",
    "try:",
    "except:",
    "@skip",
    "\u200b",
    "\u{e0041}",
    "\u0430",
    "\0",
    "eval(",
    "password = '",
    ".skip",
  );
  const text = array(oneof(piece, string({ unit: "binary", maxLength: 5 })), { maxLength: 60 }).map(
    (parts) => parts.join(""),
  );

  test("says the same of the same change, and never throws", () => {
    assert(
      property(text, text, constantFrom(...PATHS), (before, after, path) => {
        const { input } = inputOf({ [path]: before }, { [path]: after });
        const again = inputOf({ [path]: before }, { [path]: after }).input;
        for (const { check } of CHECKS) expect(check(input)).toEqual(check(again));
      }),
      { numRuns: 50 },
    );
  });
});
