import { assert as assertThat, json as anyJson, property } from "fast-check";
import { describe, expect, test } from "vitest";

import { reportJson } from "../../../server/cli/reporters/json.ts";
import { reportMarkdown } from "../../../server/cli/reporters/markdown.ts";
import { reportRunText, reportScoreText, reportText } from "../../../server/cli/reporters/text.ts";
import { finding } from "../../../server/core/checks/check.ts";
import { ReviewRecord } from "../../../server/core/review-schema.ts";
import { fakeReview } from "../../fakes/review.ts";

const plain = { color: false };
const lines = (text: string) => text.split("\n");

/** What a hostile repository puts into names: escapes, direction overrides, Markdown, HTML, table cells. */
const HOSTILE =
  "\u001B[2K\u202Eevil\u0007 | <img src=x onerror=y> [click](https://evil.example) `x` @someone";

function hostileReview() {
  const location = { path: `src/${HOSTILE}.ts`, startLine: 1, endLine: 1 };
  return fakeReview({
    branch: HOSTILE,
    findings: [
      {
        ...finding({ rule: "dependency/added", subject: "x", message: HOSTILE, location }),
        related: [{ location, message: HOSTILE }],
        remedy: HOSTILE,
        exception: { reason: HOSTILE, owner: HOSTILE, expires: "2027-01-31" },
      },
    ],
  });
}

describe("reportText", () => {
  test("says the verdict first", () => {
    expect(lines(reportText(fakeReview(), plain))[0]).toBe("FAIL  1 finding in the way");
    const unproven = reportText(fakeReview({ findings: [], ran: false }), plain);
    expect(lines(unproven)[0]).toBe("UNPROVEN  missing evidence: run");
    const good = reportText(fakeReview({ findings: [] }), plain);
    expect(lines(good)[0]).toBe("PASS  nothing stands in the way");
  });

  test.for([0, 1, 4, 12])("shows a sum that adds up to the score, with %i errors", (errors) => {
    const findings = Array.from({ length: errors }, (_, at) =>
      finding({
        rule: "policy/protected-path",
        subject: String(at),
        message: "m",
        location: { path: "a.ts", startLine: at + 1, endLine: at + 1 },
      }),
    );
    const review = fakeReview({ findings });
    const text = reportScoreText(review, plain);
    const sum = [...text.matchAll(/^ +([−+])(\d+) {2}/gm)].reduce(
      (total, [, sign, points]) => total + (sign === "+" ? 1 : -1) * Number(points),
      100,
    );
    expect(sum).toBe(review.score.value);
    expect(text).toContain(`Trust score ${review.score.value}`);
  });

  test("groups findings by file and gives line, remedy and rule", () => {
    const text = reportText(fakeReview(), plain);
    const at = lines(text).indexOf("package.json");
    expect(lines(text).slice(at, at + 4)).toEqual([
      "package.json",
      "    14  warning  csv-stringify was added.",
      expect.stringMatching(/^ {8}→ Look at the package/),
      "        dependency/added",
    ]);
  });

  test("names the isolation that was proven, and says loudly what was not", () => {
    const review = fakeReview();
    expect(reportText(review, plain)).toContain("self-test: connection denied, write denied");
    const { runs } = review;
    if (runs === null) throw new Error("The fake review has runs.");
    const { head } = runs;
    const selfTest = { ...head.isolation.selfTest, connectionDenied: false };
    const weak = { ...head, isolation: { ...head.isolation, selfTest } };
    const text = reportText({ ...review, runs: { ...runs, head: weak } }, plain);
    expect(text).toContain("CONNECTION NOT DENIED");
  });

  test("shows what the head run does that the base run does not", () => {
    const text = reportRunText(fakeReview(), "fail", [], plain);
    expect(text).toContain("writes headers: passed → failed");
    expect(text).toContain("head connects to 198.51.100.7:443 (tcp), by node");
  });

  test("has colours only where they are wanted", () => {
    expect(reportText(fakeReview(), plain)).not.toContain("\u001B");
    expect(reportText(fakeReview(), { color: true })).toContain("\u001B[");
  });

  test("lets nothing of the repository act on the terminal", () => {
    const text = reportText(hostileReview(), plain);
    expect(text).not.toMatch(/[^\P{C}\n]/u);
    expect(text).toContain("evil");
  });
});

describe("reportMarkdown", () => {
  test("has the verdict as its heading and a row for each finding", () => {
    const markdown = reportMarkdown(fakeReview());
    expect(lines(markdown)[0]).toBe("## Shipgate: fail (score 81 F)");
    expect(markdown.match(/^\| (error|warning)/gm)).toHaveLength(2);
    expect(markdown).toContain("/docs/rules/dependency/added.md)");
  });

  test("lets nothing of the repository act on the page", () => {
    const markdown = reportMarkdown(hostileReview());
    expect(markdown).not.toMatch(/[^\P{C}\n]/u);
    expect(markdown).not.toMatch(/<img|\]\(https:\/\/evil|@someone|`x`/);
    const row = lines(markdown).find((line) => line.startsWith("| warning")) ?? "";
    expect(row.match(/\|/g)).toHaveLength(5);
  });
});

describe("reportJson", () => {
  test("prints a review that its published schema accepts", () => {
    const review = fakeReview();
    expect(ReviewRecord.parse(JSON.parse(reportJson(review)))).toEqual(review);
  });

  test("means the same as JSON and hides no character", () => {
    assertThat(
      property(anyJson({ stringUnit: "binary" }), (json) => {
        const value: unknown = JSON.parse(json);
        const text = reportJson(value);
        expect(JSON.parse(text)).toEqual(value);
        expect(text).not.toMatch(/[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/u);
      }),
    );
  });
});
