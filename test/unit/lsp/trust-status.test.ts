import { describe, expect, test } from "vitest";

import type { Deduction } from "../../../server/core/score.ts";
import { GateError } from "../../../server/engine/errors.ts";
import { type FolderState, isolationText, trustStatus } from "../../../server/lsp/trust-status.ts";
import { aRunRecord } from "../../fakes/run-record.ts";
import { aFinding, aReview } from "../../lsp/reviews.ts";

function aState(parts: Partial<FolderState> = {}): FolderState {
  return {
    folder: "file:///w",
    trusted: true,
    activity: "idle",
    review: aReview(),
    error: null,
    noEngine: null,
    uriOf: (path) => `file:///w/${path}`,
    ...parts,
  };
}

const MISSING_RUN: Deduction = {
  points: 15,
  reason: "no sandbox run",
  subject: { kind: "missing", evidence: "run" },
  remedy: "Run it.",
};
const reasons = [{ kind: "missing", evidence: "run", text: "no sandbox run" }] as const;

function reviewed(
  status: "pass" | "fail" | "unproven",
  parts: Partial<ReturnType<typeof aReview>> = {},
) {
  const review = aReview(parts);
  return { ...review, verdict: { ...review.verdict, status, reasons } };
}

describe("trustStatus", () => {
  test("is being computed until there is a review", () => {
    expect(trustStatus(aState({ review: null }))).toMatchObject({
      state: "computing",
      score: null,
    });
  });

  test.for(["pass", "fail", "unproven"] as const)("shows the verdict %s", (status) => {
    expect(trustStatus(aState({ review: reviewed(status) })).state).toBe(status);
  });

  test.for([
    [{ trusted: false }, "untrusted", "fail"],
    [{ noEngine: { message: "No engine.", remedy: "Start one." } }, "no-engine", "fail"],
  ] as const)(
    "explains an unproven verdict, and never hides a failed one: %j",
    ([parts, shown, failed]) => {
      expect(trustStatus(aState({ ...parts, review: reviewed("unproven") })).state).toBe(shown);
      expect(trustStatus(aState({ ...parts, review: reviewed("fail") })).state).toBe(failed);
      expect(trustStatus(aState({ ...parts, review: reviewed("pass") })).state).toBe("pass");
    },
  );

  test("says what mends the verdict's first reason, not the dearest deduction", () => {
    const finding = aFinding({ message: "It is protected.", remedy: "Ask the owner." });
    const { fingerprint } = finding;
    const review = reviewed("fail", {
      findings: [finding],
      score: { value: 85, grade: "B", weights: "1", deductions: [MISSING_RUN] },
    });
    const own = [{ kind: "finding", fingerprint, text: "It is protected." }, ...reasons] as const;
    const status = trustStatus(
      aState({ review: { ...review, verdict: { ...review.verdict, reasons: own } } }),
    );
    expect(status.summary).toBe("The policy stops this change: It is protected (and 1 more).");
    expect(status.remedy).toBe("Ask the owner.");
  });

  test("adds up, and says which points the floor spared", () => {
    const deductions = [
      { ...MISSING_RUN, points: 90 },
      { ...MISSING_RUN, points: 40 },
    ];
    const review = reviewed("fail", { score: { value: 0, grade: "F", weights: "1", deductions } });
    const status = trustStatus(aState({ review }));
    const sum = status.deductions.reduce((total, { points }) => total + points, 0);
    expect(100 - sum + status.spared).toBe(status.score);
    expect(status.spared).toBe(30);
  });

  test("links a deduction to the finding's line, and a missing run to the run", () => {
    const finding = aFinding({ line: 7 });
    const deduction: Deduction = {
      ...MISSING_RUN,
      points: 4,
      subject: { kind: "finding", fingerprint: finding.fingerprint },
    };
    const deductions = [MISSING_RUN, deduction];
    const score = { value: 81, grade: "B", weights: "1", deductions } as const;
    const review = reviewed("unproven", { findings: [finding], score });
    expect(trustStatus(aState({ review })).deductions.map(({ mend }) => mend)).toEqual([
      { kind: "run" },
      { kind: "open", uri: "file:///w/package.json", line: 7 },
    ]);
  });

  test.for([
    ["not-a-repository", "no-repository"],
    ["no-commits", "no-commits"],
    ["git-missing", "error"],
  ] as const)("says in words what %s means", ([code, state]) => {
    const error = new GateError(code, "What happened.", { remedy: "What next." });
    expect(trustStatus(aState({ error, review: null }))).toMatchObject({
      state,
      summary: "What happened.",
      remedy: "What next.",
    });
  });

  test("shows no score of a change that can no longer be judged, and no stack", () => {
    const status = trustStatus(aState({ error: new TypeError("x is undefined") }));
    expect(status).toMatchObject({ state: "error", score: null });
    expect(status.summary).not.toContain("undefined");
  });

  test("names the isolation that was proven, and what was not", () => {
    const run = aRunRecord();
    const status = trustStatus(aState({ review: aReview({ runs: { base: run, head: run } }) }));
    expect(status.isolation).toBe(
      "container (docker 20.10.24, runc; proven by self-test: connection denied, write denied, limits applied, unprivileged)",
    );
    const weak = { ...run.isolation.selfTest, limitsApplied: false };
    expect(isolationText({ ...run.isolation, selfTest: weak })).toContain(
      "not proven: limits applied",
    );
  });
});
