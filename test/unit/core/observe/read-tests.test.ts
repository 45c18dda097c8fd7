import { readdirSync, readFileSync } from "node:fs";

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { readTests } from "../../../../server/core/observe/tests/read-tests.ts";
import type { TestOutcome } from "../../../../server/core/run.ts";

const folder = new URL("../../../fixtures/test-output/", import.meta.url);
const recorded = readdirSync(folder).toSorted();
const read = (name: string): TestOutcome[] =>
  readTests(readFileSync(new URL(name, folder), "utf8"));

/** Every recorded project has one test that fails on purpose and one that passes; the exact list by runner. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  "node-": [
    "passed adds two numbers",
    "failed fails on purpose",
    "skipped is skipped",
    "skipped is to do",
    "passed export › writes headers",
    String.raw`passed export › quotes # and \ in a name`,
    "passed export › nested deeper › works too",
  ],
  "mocha-json": [
    "passed sums › adds",
    "failed sums › fails on purpose",
    "skipped sums › is pending",
  ],
  "mocha-spec": [
    "passed at the root",
    "passed sums › adds",
    "failed sums › fails on purpose",
    "skipped sums › is skipped",
    "passed sums › nested › works too",
    'failed sums › broken hook › "before all" hook for "never runs"',
  ],
  "mocha-tap": ["passed sums adds", "failed sums fails on purpose", "skipped sums is pending"],
  "mocha-xunit": [
    "passed sums › adds",
    "failed sums › fails on purpose",
    "skipped sums › is pending",
  ],
  "jest-default": [
    "failed je/sum.test.js › sums › fails on purpose",
    "passed je/other.test.js",
    "failed je/broken.test.js › Test suite failed to run",
  ],
  "jest-verbose": [
    "passed je/sum.test.js › at the root",
    "failed je/sum.test.js › sums › fails on purpose",
    "skipped je/sum.test.js › sums › is to do",
    "passed je/sum.test.js › sums › nested › works too",
  ],
  "jest-json": [
    "failed je/sum.test.js › sums › fails on purpose",
    "skipped je/sum.test.js › sums › is skipped",
    "failed je/broken.test.js",
  ],
  "vitest-default": [
    "passed vi/sum.test.mjs › sums › adds",
    "failed vi/sum.test.mjs › sums › fails on purpose",
    "skipped vi/sum.test.mjs › sums › is skipped",
    "passed vi/sum.test.mjs › sums › nested › works too",
    "passed vi/other.test.mjs",
  ],
  "vitest-verbose": [
    "failed vi/sum.test.mjs › sums › fails on purpose",
    "passed vi/other.test.mjs › passes alone",
  ],
  "vitest-json": ["failed vi/sum.test.mjs › sums › fails on purpose"],
  "vitest-junit": ["failed vi/sum.test.mjs › sums > fails on purpose"],
  "vitest-tap.": [
    "failed vi/sum.test.mjs › sums › fails on purpose",
    "passed vi/sum.test.mjs › sums › nested › works too",
    "passed vi/sum.test.mjs › at the root",
  ],
  "vitest-tapflat": ["failed vi/sum.test.mjs > sums > fails on purpose"],
  "pytest-junit": ["passed test_sum › test_many[1]", "failed test_sum › test_error"],
  "pytest-r": [
    "passed test_sum.py › TestClass › test_method",
    "failed test_sum.py › test_fails",
    "skipped test_sum.py › test_expected_to_fail",
  ],
  "pytest-v": ["skipped test_sum.py › test_skipped", "failed test_sum.py › test_error"],
  "unittest-v": [
    "passed unit_case › Sums › test_adds",
    "failed unit_case › Sums › test_fails",
    "passed unit_case › Sums › test_prints",
    "skipped unit_case › Sums › test_skipped",
    "skipped unit_case › Sums › test_expected",
    "failed unit_case › Sums › test_subs",
  ],
  "go-plain": ["failed example.com/sums › TestFails"],
  "go-v": [
    "passed example.com/sums › TestAdds",
    "failed example.com/sums › TestFails",
    "skipped example.com/sums › TestSkipped",
    "passed example.com/sums › TestTable › two_words",
  ],
  "go-json": ["failed example.com/sums › TestFails", "passed example.com/sums › TestTable › one"],
  cargo: [
    "passed src/lib.rs › tests › adds",
    "failed src/lib.rs › tests › fails",
    "skipped src/lib.rs › tests › skipped",
    "passed src/lib.rs › tests › panics",
    "passed doc sums › src/lib.rs - add (line 2)",
  ],
};

describe("readTests on recorded output", () => {
  test.for(recorded)("reads %s", (name) => {
    const found = read(name).map((outcome) => `${outcome.status} ${outcome.name}`);
    const key = Object.keys(EXPECTED).find((prefix) => name.startsWith(prefix));
    expect(key, `what ${name} should give`).toBeDefined();
    expect(found).toEqual(expect.arrayContaining([...(EXPECTED[key ?? ""] ?? [])]));
    expect(found.filter((line) => /forged by the test|injected/.test(line))).toEqual([]);
    expect(new Set(found).size).toBe(found.length);
  });

  test.for(["node-spec.txt", "node-tap.txt", "pytest-v.txt", "cargo.txt", "vitest-tap.txt"])(
    "says where the failed test of %s stands",
    (name) => {
      const failed = read(name).find(({ status }) => status === "failed");
      expect(failed?.location?.path).toMatch(/^(?:test|vi|src)?\/?\w+[.\w]*$/);
      expect(failed?.location?.line).toBeGreaterThan(1);
    },
  );

  test("keeps why a test failed", () => {
    for (const name of recorded) {
      const failed = read(name).find(
        ({ status, name: found }) => status === "failed" && /fails/i.test(found),
      );
      expect(failed?.message, name).toMatch(/3|FAILED|hard/);
    }
  });
});

describe("readTests on hostile output", () => {
  test("makes nothing of garbage", () => {
    for (const garbage of [
      "",
      "ok",
      "PASS",
      "all tests passed",
      "{}",
      "<testsuite>",
      "✔ done",
      "100%",
    ])
      expect(readTests(garbage)).toEqual([]);
  });

  test("is not led outside the repository by a place that the program names", () => {
    const places = [
      "/etc/passwd:1:1",
      "/workspace/../etc/passwd:1:1",
      "../../x.js:3:4",
      "file:///workspace/%2e%2e/x:1:1",
    ];
    for (const place of places) {
      const output = `TAP version 13\nnot ok 1 - a\n  ---\n  location: '${place}'\n  ...\n`;
      expect(readTests(output)).toEqual([
        expect.not.objectContaining({ location: expect.anything() }),
      ]);
    }
  });

  test("removes escape sequences from names", () => {
    const [outcome] = readTests(
      "ok 1 - \u001b]8;;https://evil.example\u0007a\u001b[31mb\u001b[0m\n",
    );
    expect(outcome?.name).toBe("ab");
  });

  test("bounds names, messages and the number of tests", () => {
    const huge = readTests(
      `not ok 1 - ${"n".repeat(3000)}\n  ---\n  error: |-\n${"    m\n".repeat(9000)}  ...\n`,
    );
    expect(huge[0]?.name.length).toBeLessThanOrEqual(500);
    expect(huge[0]?.message?.length).toBeLessThan(5000);
    expect(readTests("ok 1 - a\n".repeat(30_000))).toHaveLength(20_000);
  });

  const BOMBS: Readonly<Record<string, string>> = {
    "empty lines": "ok 1 a\n" + "\n".repeat(500_000),
    "spaces on one line": `Test Files  1\n ✓ a${" ".repeat(1_000_000)}b\n`,
    "open comments": `<testsuite>${"<!--".repeat(250_000)}</testsuite>`,
    "open quotes": `<testsuite>${'<a "'.repeat(200_000)}</testsuite>`,
    "deep elements": `${"<testsuite name='a'>".repeat(50_000)}</testsuite>`,
    "open objects": `${"{\n".repeat(300_000)}"testResults" "assertionResults" "stats" "passes"`,
    "deep JSON": `${'{"testResults":'.repeat(60_000)}"assertionResults"`,
    "deep subtests": Array.from(
      { length: 1000 },
      (_, at) => `${" ".repeat(1000 - at)}ok 1 - a`,
    ).join("\n"),
    "open braces": "ok 1 - a {\n".repeat(80_000),
    "deep suites": `${Array.from({ length: 900 }, (_, at) => `${" ".repeat(at)}a`).join("\n")}\n  1 passing (1ms)\n`,
    "repeated files": `${"PASS a.js\n".repeat(90_000)}Test Suites: 1 total\n`,
    "different files": `${Array.from({ length: 60_000 }, (_, at) => `PASS ${at}.js`).join("\n")}\nTest Suites: 1 total\n`,
    "brackets of pytest": `===== test session starts =====\n${"a.py::b PASSED (".repeat(60_000)}\n`,
    underscores: `===== test session starts =====\n${"_".repeat(500_000)} ${"_ ___ ".repeat(80_000)}\n`,
    "escape sequences": "\u001b[".repeat(300_000) + "\u001b]".repeat(300_000),
  };

  test.for(Object.keys(BOMBS))("stays linear on %s", (name) => {
    // A quadratic reader would need minutes for a megabyte: the test's own time limit would end it.
    expect(() => readTests(BOMBS[name] ?? "")).not.toThrow();
  });

  test("never throws on real output that was cut, mixed and spoilt", () => {
    const outputs = recorded.map((name) => readFileSync(new URL(name, folder), "utf8"));
    const piece = fc
      .tuple(fc.constantFrom(...outputs), fc.nat(9000), fc.nat(3000))
      .map(([output, from, length]) => output.slice(from % output.length, from + length));
    fc.assert(
      fc.property(
        fc.array(fc.oneof(piece, fc.string({ unit: "binary" })), { maxLength: 5 }),
        (pieces) => {
          for (const outcome of readTests(pieces.join("\n"))) {
            expect(outcome.name.length).toBeLessThanOrEqual(500);
            expect(outcome.durationMs).toBeGreaterThanOrEqual(0);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
