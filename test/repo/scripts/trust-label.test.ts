import { describe, expect, test } from "vitest";

import { isSettled, readTrustLabel } from "../../../scripts/start/trust-label.ts";

describe("readTrustLabel", () => {
  test("reads score, grade and state", () => {
    const label = "Shipgate: trust score 58 of 100, grade C, unproven. branch main. Evidence is…";
    expect(readTrustLabel(label)).toEqual({ score: 58, grade: "C", state: "unproven" });
  });

  test.for([
    ["the first look", "Shipgate: being judged. Judging the change for the first time."],
    ["a stopped server", "Shipgate: the server is not running"],
    ["nothing", ""],
  ])("finds no score in %s", ([, label]) => {
    expect(readTrustLabel(label ?? "")).toBeNull();
  });
});

describe("isSettled", () => {
  test.for([
    ["fails", true],
    ["unproven, no container engine", true],
    ["being judged", false],
    ["running in the sandbox", false],
  ] as const)("of %s is %s", ([state, settled]) => {
    expect(isSettled({ score: 1, grade: "F", state })).toBe(settled);
  });
});
