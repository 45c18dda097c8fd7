import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { finding } from "../../../server/core/checks/check.ts";
import { RULES, type RuleId } from "../../../server/core/rules.ts";
import { gradeOf, trustScore } from "../../../server/core/trust-score.ts";
import { WEIGHTS } from "../../../server/core/weights.ts";
import { anyEvidence, anyFinding, anyFindings } from "./judging.ts";

const score = (
  ...[findings, missing]: [Parameters<typeof trustScore>[0], Parameters<typeof trustScore>[1]]
) => trustScore(findings, missing, WEIGHTS.v1);

const found = (rule: RuleId, subject = "x") =>
  finding({
    rule,
    subject,
    message: `${rule} ${subject}`,
    location: { path: "a.ts", startLine: 1, endLine: 1 },
  });

describe("trustScore", () => {
  test("is 100 without findings and with all evidence", () => {
    expect(score([], [])).toEqual({ value: 100, grade: "A", weights: "v1", deductions: [] });
  });

  test("takes 15 off without a sandbox run and names what wins them back", () => {
    const { value, grade, deductions } = score([], ["run"]);
    expect([value, grade]).toEqual([85, "B"]);
    expect(deductions).toEqual([
      {
        points: 15,
        reason: "no sandbox run",
        subject: { kind: "missing", evidence: "run" },
        remedy: "Run the change in the sandbox.",
      },
    ]);
  });

  test("does not charge a run that could not be had twice", () => {
    const one = found("sandbox/could-not-run");
    expect(score([one], ["run"]).value).toBe(85);
    expect(score([one], ["run"]).deductions).toHaveLength(1);
    expect(score([one], []).value).toBe(85);
  });

  test("charges the rest where the findings cost less than the evidence that they speak of", () => {
    const { value, deductions } = score([found("provenance/unattributed")], ["attribution"]);
    expect(value).toBe(90);
    expect(deductions.map(({ points }) => points)).toEqual([7, 3]);
  });

  test("charges missing evidence although an exception covers the finding that tells it", () => {
    const exception = { reason: "no engine here", owner: "kim", expires: "2026-12-31" };
    expect(score([{ ...found("sandbox/could-not-run"), exception }], ["run"]).value).toBe(85);
  });

  test("charges further findings of a rule less and less, twice the points in all", () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, i) => found("dependency/added", `p${i}`));
    expect(score(many(1), []).value).toBe(96);
    expect(score(many(2), []).value).toBe(94);
    expect(score(many(3), []).value).toBe(93);
    expect(score(many(60), []).value).toBe(92);
  });

  test("every rule's points are whole and above 0", () => {
    for (const rule of Object.keys(RULES) as RuleId[]) {
      expect(Number.isInteger(WEIGHTS.v1.finding(rule)) && WEIGHTS.v1.finding(rule) > 0, rule).toBe(
        true,
      );
    }
  });

  test("lines are whole points above 0, largest first, and add up", () => {
    fc.assert(
      fc.property(anyFindings, anyEvidence, (findings, missing) => {
        const { value, grade, deductions } = score(findings, missing);
        const points = deductions.map((line) => line.points);
        const sum = points.reduce((a, b) => a + b, 0);
        expect(value).toBe(Math.max(0, 100 - sum));
        expect(grade).toBe(gradeOf(value));
        expect(points.every((each) => Number.isInteger(each) && each > 0)).toBe(true);
        expect(points).toEqual(points.toSorted((a, b) => b - a));
        for (const { reason, remedy } of deductions) expect(reason && remedy).toBeTruthy();
      }),
    );
  });

  test("never rises when a finding is added", () => {
    fc.assert(
      fc.property(anyFindings, anyFinding, anyEvidence, (findings, extra, missing) => {
        expect(score([...findings, extra], missing).value).toBeLessThanOrEqual(
          score(findings, missing).value,
        );
      }),
    );
  });

  test("never rises when evidence is taken away", () => {
    fc.assert(
      fc.property(anyFindings, anyEvidence, anyEvidence, (findings, missing, more) => {
        const without = score(findings, [...missing, ...more]).value;
        expect(without).toBeLessThanOrEqual(score(findings, missing).value);
      }),
    );
  });

  test("does not depend on the order of findings or evidence", () => {
    fc.assert(
      fc.property(
        anyFindings,
        anyEvidence,
        fc.infiniteStream(fc.nat()),
        (findings, missing, keys) => {
          const shuffled = findings
            .map((each) => ({ each, key: keys.next().value }))
            .toSorted((a, b) => a.key - b.key)
            .map(({ each }) => each);
          expect(score(shuffled, missing.toReversed())).toEqual(score(findings, missing));
        },
      ),
    );
  });
});

describe("gradeOf", () => {
  test.for<[number, string]>([
    [100, "A"],
    [91, "A"],
    [90, "B"],
    [71, "B"],
    [70, "C"],
    [51, "C"],
    [50, "D"],
    [31, "D"],
    [30, "E"],
    [11, "E"],
    [10, "F"],
    [0, "F"],
  ])("%i is %s", ([value, grade]) => {
    expect(gradeOf(value)).toBe(grade);
  });
});
