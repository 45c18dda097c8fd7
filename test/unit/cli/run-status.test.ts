import { describe, expect, test } from "vitest";

import { runStatus, sandboxFindings } from "../../../server/cli/run-status.ts";
import { type Draft, finding } from "../../../server/core/checks/check.ts";
import { fakeReview } from "../../fakes/review.ts";

const place = { path: "a.ts", startLine: 1, endLine: 1 };
const draft = (rule: Draft["rule"], more: Partial<Draft> = {}) =>
  finding({ rule, subject: "s", message: "m", location: place, ...more });

describe("runStatus", () => {
  test.for([
    ["pass", [], true],
    ["pass", [draft("policy/protected-path")], true],
    ["pass", [draft("sandbox/new-process")], true],
    ["fail", [draft("sandbox/new-egress")], true],
    ["unproven", [draft("sandbox/could-not-run", { kind: "unproven" })], false],
    ["unproven", [draft("sandbox/could-not-run", { kind: "unproven" })], true],
    ["unproven", [], false],
  ] as const)("is %s", ([status, findings, ran]) => {
    expect(runStatus(fakeReview({ findings, ran }))).toBe(status);
  });

  test("lets an exception of the policy count", () => {
    const exception = { reason: "Known to be harmless", owner: "noor", expires: "2027-01-31" };
    const findings = [{ ...draft("sandbox/new-egress"), exception }];
    expect(runStatus(fakeReview({ findings }))).toBe("pass");
  });
});

describe("sandboxFindings", () => {
  test("leaves the other checks' findings out", () => {
    const findings = [draft("policy/protected-path"), draft("sandbox/new-egress")];
    expect(sandboxFindings(fakeReview({ findings })).map(({ rule }) => rule)).toEqual([
      "sandbox/new-egress",
    ]);
  });
});
