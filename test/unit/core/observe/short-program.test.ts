import { describe, expect, test } from "vitest";

import { shortProgram } from "../../../../server/core/observe/short-program.ts";

describe("shortProgram", () => {
  test.for([
    ["node --test", "node --test"],
    ["/usr/local/bin/node --test-reporter=spec --experimental-x --test test/", "node --test"],
    ["node --test-isolation=none --test-timeout=0 test/a.test.js --flag", "node test/a.test.js"],
    ["node --require /probe.cjs --test", "node --test"],
    ["python3 -m pytest -q", "python3 -m pytest"],
    ["node -e fetch('x')", "node -e fetch('x')"],
    ["sh", "sh"],
    ["", ""],
    ["/bin/\u202esh -x", "\\u{202e}sh"],
  ] as const)("%s is %s", ([line, expected]) => {
    expect(shortProgram(line)).toBe(expected);
  });

  test("is cut where it is long", () => {
    expect(shortProgram(`node ${"a".repeat(500)}`)).toHaveLength(81);
  });
});
