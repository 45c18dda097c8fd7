import { describe, expect, test } from "vitest";

import type { Review } from "../../../server/core/review.ts";
import { trustStatus } from "../../../server/lsp/trust-status.ts";
import { changeView } from "../../../server/lsp/views/change-view.ts";
import { shortList, viewNode } from "../../../server/lsp/views/node.ts";
import type { FindingGroups, ViewNode } from "../../../server/protocol.ts";
import { fakeReview } from "../../fakes/review.ts";
import { aFinding, aReview } from "../../lsp/reviews.ts";

const uriOf = (path: string) => `file:///w/${path}`;

function view(review: Review, groupBy: FindingGroups = "file") {
  const status = trustStatus({
    folder: "file:///w",
    trusted: true,
    activity: "idle",
    review,
    error: null,
    noEngine: null,
    uriOf,
  });
  return changeView(review, status, groupBy, uriOf);
}

function all(nodes: readonly ViewNode[]): readonly ViewNode[] {
  return nodes.flatMap((node) => [node, ...all(node.children)]);
}

function find(nodes: readonly ViewNode[], label: RegExp): ViewNode {
  const found = all(nodes).find((node) => label.test(node.label));
  if (found === undefined) throw new Error(`No line is called ${label}.`);
  return found;
}

describe("changeView", () => {
  test("begins with the verdict, whose lines add up to the score", () => {
    const review = fakeReview();
    const { change, blocking } = view(review);
    const [verdict] = change;
    expect(verdict).toMatchObject({ id: "verdict", tone: "error", icon: "error" });
    expect(verdict?.label).toBe(`Fails with ${review.score.value} ${review.score.grade}`);
    const points = verdict?.children.map(({ label }) => Number(label.replace("−", "")));
    expect(points?.reduce((sum, it) => sum + it, 0)).toBe(100 - review.score.value);
    expect(blocking).toBe(review.verdict.reasons.length);
  });

  test("has nothing to show where nothing was changed", () => {
    const empty = { ...fakeReview().change, files: [], sessions: [] };
    const { change, findings, runs } = view(aReview({ change: empty }));
    expect([change, findings, runs]).toEqual([[], [], []]);
  });

  test("names each session with its files and lines", () => {
    const { change } = view(fakeReview());
    const author = find(change, /^claude-code$/u);
    expect(author.description).toBe("5 lines in 2 files · m-1 · session s-1");
    expect(author.children.map(({ label }) => label)).toEqual(["package.json", "export.ts"]);
    expect(author.children[1]).toMatchObject({
      description: "4 lines · src",
      place: { uri: "file:///w/src/export.ts", line: 9 },
      actions: ["open", "diff"],
    });
  });

  test("tells people and unknown authors from assistants, and has files without new lines last", () => {
    const { change } = fakeReview();
    const [first, second] = change.files;
    if (first === undefined || second === undefined) throw new Error("The fake has two files.");
    const [lines] = first.lines;
    if (lines === undefined) throw new Error("The fake has lines.");
    const files = [
      { ...first, lines: [{ ...lines, attribution: { kind: "unknown" } as const }] },
      {
        ...second,
        lines: [
          {
            ...lines,
            attribution: { kind: "human", source: "editor", confidence: "likely" } as const,
          },
        ],
      },
      { ...first, path: "old/gone.ts", status: "deleted" as const, after: null, lines: [] },
    ];
    const nodes = view({ ...fakeReview(), change: { ...change, files } }).change;
    expect(nodes.map(({ label }) => label).slice(1)).toEqual([
      "A person",
      "Nobody on record",
      "No new lines",
    ]);
    expect(find(nodes, /gone/u)).toMatchObject({ place: null, actions: [] });
  });

  test("puts findings together by file, those in the way open", () => {
    const { findings } = view(fakeReview());
    expect(findings.map(({ label, expanded }) => ({ label, expanded }))).toEqual([
      { label: "export.test.ts", expanded: true },
      { label: "package.json", expanded: false },
    ]);
    const finding = find(findings, /passed on the base/u);
    expect(finding).toMatchObject({
      description: "15 · sandbox/test-outcome-changed",
      rule: "sandbox/test-outcome-changed",
      place: { uri: "file:///w/test/export.test.ts", line: 15 },
    });
    expect(finding.tooltip).toContain("Stands in the way");
    expect(finding.spoken).toMatch(/^Error: /u);
  });

  test("puts findings together by rule, with what the rule is called", () => {
    const { findings } = view(fakeReview(), "rule");
    const group = find(findings, /A dependency was added/u);
    expect(group).toMatchObject({ description: "dependency/added", actions: ["explain"] });
    expect(group.children[0]).toMatchObject({ description: "package.json:14" });
    expect(group.children[0]?.actions).toContain("fix");
  });

  test("shows what a person accepted as accepted", () => {
    const exception = { reason: "Known.", owner: "ada", expires: "2027-01-01" };
    const finding = { ...aFinding(), exception };
    const node = find(view(aReview({ findings: [finding] })).findings, /left-pad/u);
    expect(node).toMatchObject({ tone: "muted", icon: "pass" });
    expect(node.tooltip).toContain("Accepted by ada until 2027-01-01.");
  });

  test("shows what head does that base does not first, at the lines that caused it", () => {
    const { runs } = view(fakeReview());
    expect(runs.map(({ id }) => id)).toEqual(["delta", "run/head", "run/base", "isolation"]);
    expect(find(runs, /^writes headers$/u)).toMatchObject({
      description: "passed → failed",
      tone: "error",
      place: { uri: "file:///w/test/export.test.ts", line: 15 },
    });
    expect(find(runs, /^Connects to 198\.51\.100\.7:443/u)).toMatchObject({
      place: { uri: "file:///w/src/export.ts", line: 25 },
    });
    expect(find(runs, /^Isolation: container$/u).description).toBe("proven by self-test");
  });

  test("never calls an isolation proven that was not", () => {
    const review = fakeReview();
    if (review.runs === null) throw new Error("The fake has runs.");
    const { head } = review.runs;
    const selfTest = { ...head.isolation.selfTest, connectionDenied: false };
    const runs = { ...review.runs, head: { ...head, isolation: { ...head.isolation, selfTest } } };
    const node = find(view({ ...review, runs }).runs, /^Isolation/u);
    expect(node).toMatchObject({ description: "not proven", tone: "error" });
  });

  test("gives no id twice, whatever the grouping", () => {
    for (const groupBy of ["file", "rule"] as const) {
      const { change, findings, runs } = view(fakeReview(), groupBy);
      for (const tree of [change, findings, runs]) {
        const ids = all(tree).map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
      }
    }
  });
});

describe("viewNode", () => {
  test("makes hostile names visible in every text", () => {
    const hostile = "a\u202Eb\u0007\u200B";
    const node = viewNode({ id: "x", label: hostile, icon: "file", description: hostile });
    for (const text of [node.label, node.description, node.tooltip, node.spoken]) {
      expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(text).toContain("\\u{202e}");
    }
  });

  test("cuts text without end", () => {
    const node = viewNode({ id: "x", label: "a".repeat(100_000), icon: "file" });
    expect(node.label.length).toBeLessThan(1100);
  });
});

describe("shortList", () => {
  test("says how many lines it leaves out", () => {
    const nodes = Array.from({ length: 1000 }, (_, index) =>
      viewNode({ id: `n/${index}`, label: String(index), icon: "file" }),
    );
    const cut = shortList("n", nodes);
    expect(cut).toHaveLength(201);
    expect(cut.at(-1)).toMatchObject({ id: "n/more", label: "800 more" });
    expect(shortList("n", nodes.slice(0, 3))).toHaveLength(3);
  });
});
