import { describe, expect, test } from "vitest";

import {
  escapeText,
  pickStatus,
  serverDownLook,
  statusLook,
  TOOLTIP_COMMANDS,
} from "../../../extension/status-text.ts";
import type { TrustLine, TrustStatus } from "../../../server/protocol.ts";

function aStatus(parts: Partial<TrustStatus> = {}): TrustStatus {
  return {
    folder: "file:///w",
    state: "unproven",
    branch: "feature/csv",
    score: 58,
    grade: "C",
    deductions: [],
    spared: 0,
    summary: "Evidence is missing.",
    remedy: "",
    isolation: null,
    ...parts,
  };
}

function aLine(points: number, parts: Partial<TrustLine> = {}): TrustLine {
  return {
    points,
    reason: `reason ${points}`,
    remedy: "Mend it.",
    mend: { kind: "none" },
    ...parts,
  };
}

/** The numbers in the tooltip's left column, the last one being the score. */
function column(tooltip: string): readonly number[] {
  const cells = [...tooltip.matchAll(/^\| \**([−+]?\d+)\** \|/gm)].map(([, text]) => text ?? "");
  return cells.map((text) => Number(text.replace("−", "-")));
}

describe("statusLook", () => {
  test.for([
    ["computing", "$(loading~spin) 58 C"],
    ["running", "$(loading~spin) 58 C · running"],
    ["pass", "$(shield) 58 C"],
    ["fail", "$(shield) 58 C · fail"],
    ["unproven", "$(shield) 58 C · unproven"],
    ["no-engine", "$(debug-disconnect) 58 C · no engine"],
    ["untrusted", "$(workspace-untrusted) 58 C · untrusted"],
    ["no-repository", "$(shield) no git"],
    ["no-commits", "$(shield) no commits"],
    ["off", "$(shield) off"],
    ["error", "$(warning) Shipgate"],
  ] as const)("shows %s as %s", ([state, text]) => {
    expect(statusLook(aStatus({ state })).text).toBe(text);
  });

  test("has a look before the first score", () => {
    const first = { score: null, grade: null };
    expect(statusLook(aStatus({ ...first, state: "computing" })).text).toBe(
      "$(loading~spin) Shipgate",
    );
    expect(statusLook(aStatus({ ...first, state: "running" })).text).toBe(
      "$(loading~spin) running",
    );
  });

  test("is coloured only where somebody has to act", () => {
    const colours = (["pass", "unproven", "running", "fail", "error"] as const).map(
      (state) => statusLook(aStatus({ state })).background,
    );
    expect(colours).toEqual([null, null, null, "error", "warning"]);
  });

  test("says everything to a screen reader, without icons", () => {
    const { accessibilityLabel } = statusLook(aStatus());
    expect(accessibilityLabel).toBe(
      "Shipgate: trust score 58 of 100, grade C, unproven. branch feature/csv. Evidence is missing.",
    );
  });
});

describe("the tooltip", () => {
  test("adds up line by line", () => {
    const deductions = [aLine(15), aLine(12), aLine(9), aLine(6)];
    const numbers = column(statusLook(aStatus({ deductions })).tooltip);
    expect(numbers).toEqual([100, -15, -12, -9, -6, 58]);
    expect(numbers.slice(0, -1).reduce((sum, it) => sum + it, 0)).toBe(numbers.at(-1));
  });

  test("folds what does not fit into one line, and still adds up", () => {
    const deductions = Array.from({ length: 30 }, () => aLine(2));
    const { tooltip } = statusLook(aStatus({ deductions, score: 40, grade: "D" }));
    const numbers = column(tooltip);
    expect(numbers).toHaveLength(10);
    expect(numbers.slice(0, -1).reduce((sum, it) => sum + it, 0)).toBe(40);
    expect(tooltip).toContain("23 smaller ones");
  });

  test("says which points the floor spared", () => {
    const status = aStatus({
      deductions: [aLine(80), aLine(60)],
      score: 0,
      grade: "F",
      spared: 40,
    });
    const numbers = column(statusLook(status).tooltip);
    expect(numbers).toEqual([100, -80, -60, 40, 0]);
  });

  test("links each line to what mends it", () => {
    const open = aLine(12, { mend: { kind: "open", uri: "file:///w/a(1).ts", line: 3 } });
    const run = aLine(15, { mend: { kind: "run" } });
    const { tooltip } = statusLook(aStatus({ deductions: [run, open] }));
    expect(tooltip).toContain("[Run in sandbox](command:shipgate.runChange?");
    const [, given = ""] =
      /\[a\\\(1\\\)\\\.ts\\:3\]\(command:shipgate\.openPlace\?(\S+) /.exec(tooltip) ?? [];
    expect(JSON.parse(decodeURIComponent(given))).toEqual([
      { kind: "open", uri: "file:///w/a(1).ts", line: 3 },
    ]);
  });

  test("links to nothing but the commands that it may execute", () => {
    const everything = [
      statusLook(aStatus({ deductions: [aLine(1, { mend: { kind: "run" } })] })),
      statusLook(aStatus({ state: "untrusted" })),
      statusLook(aStatus({ state: "error" })),
      serverDownLook(),
    ];
    const linked = everything.flatMap(({ tooltip }) =>
      [...tooltip.matchAll(/\]\(command:([^?)\s]+)/g)].map(([, id]) => id),
    );
    expect(linked.length).toBeGreaterThan(2);
    expect(TOOLTIP_COMMANDS).toEqual(expect.arrayContaining(linked));
  });

  test.for([
    "[click](command:workbench.action.terminal.new)",
    "a | b | c\n| 0 | row |",
    "$(shield) **bold** <img src=x onerror=alert(1)>",
    "![x](https://evil.example/beacon.png)",
    "`code` ~~gone~~ &lt; https://evil.example",
  ])("lets nothing hostile work: %s", (hostile) => {
    const status = aStatus({
      branch: hostile,
      summary: hostile,
      remedy: hostile,
      isolation: hostile,
      deductions: [aLine(42, { reason: hostile, remedy: hostile, mend: { kind: "run" } })],
    });
    const { tooltip } = statusLook(status);
    const rest = tooltip.replaceAll("[Run in sandbox](command:shipgate.runChange", "");
    expect(rest).not.toMatch(/(?<!\\)\]\((?!command:shipgate)/);
    expect(rest).not.toMatch(/(?<!\\)<|(?<!\\)!\[|(?<!\\)\$\((?:shield)/);
    expect(column(tooltip)).toEqual([100, -42, 58]);
  });

  test("a hostile remedy does not leave a link's title", () => {
    const remedy = '") [x](command:evil "';
    const { tooltip } = statusLook(
      aStatus({ deductions: [aLine(1, { remedy, mend: { kind: "run" } })] }),
    );
    expect(tooltip.match(/(?<!\\)"/g)).toHaveLength(2);
  });
});

describe("escapeText", () => {
  test("keeps words and one line", () => {
    expect(escapeText("plain words,\n two lines")).toBe("plain words, two lines");
  });
});

describe("pickStatus", () => {
  const one = aStatus({ folder: "file:///a", state: "pass" });
  const other = aStatus({ folder: "file:///b", state: "fail" });

  test("takes the active editor's folder", () => {
    expect(pickStatus([one, other], "file:///a")).toBe(one);
  });

  test("takes the one that needs a look most where no editor is open", () => {
    expect(pickStatus([one, other], null)).toBe(other);
    expect(pickStatus([], null)).toBeNull();
  });
});
