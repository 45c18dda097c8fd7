import { describe, expect, test } from "vitest";

import { countVitest, finalLine, single, sum } from "../../../scripts/testing/counts.ts";

function report(...statuses: readonly string[]): unknown {
  const assertionResults = statuses.map((status, index) => ({ fullName: `t${index}`, status }));
  return { testResults: [{ name: "/a.test.ts", status: "passed", assertionResults }] };
}

describe("countVitest", () => {
  test("counts each test once", () => {
    const counted = countVitest("unit", report("passed", "passed", "failed", "skipped", "todo"), 1);
    expect(counted).toEqual({
      kind: "unit",
      passed: 2,
      failed: 1,
      skipped: 2,
      names: ["unit: t2"],
    });
  });

  test("counts a file that could not be loaded as one failure", () => {
    const broken = { name: "/b.test.ts", status: "failed", assertionResults: [] };
    const counted = countVitest("unit", { testResults: [broken] }, 1);
    expect(counted.names).toEqual(["unit: /b.test.ts could not be loaded"]);
    expect(counted.failed).toBe(1);
  });

  test.for([
    ["no report", null, 1, "no test ran"],
    ["a report of something else", ["x"], 0, "no test ran"],
    ["a project without tests", { testResults: [] }, 0, "no test ran"],
    ["an error outside of the tests", report("passed"), 1, "vitest ended with 1"],
    ["a vitest that was killed", report("passed"), null, "vitest ended with null"],
  ] as const)("does not call %s a success", ([, given, code, words]) => {
    const counted = countVitest("docker", given, code);
    expect(counted.failed).toBe(1);
    expect(counted.names).toEqual([`docker: ${words}`]);
  });
});

describe("finalLine", () => {
  test("is one line that sums everything, and mentions skipped tests only where there are some", () => {
    const outcomes = [single("types", true), single("lint", false)];
    expect(finalLine(sum(outcomes))).toBe("1 passed, 1 failed");
    const more = countVitest("unit", report("passed", "skipped"), 0);
    expect(finalLine(sum([...outcomes, more]))).toBe("2 passed, 1 failed, 1 skipped");
  });
});
