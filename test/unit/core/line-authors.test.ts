import { describe, expect, test } from "vitest";

import type { Attribution } from "../../../server/core/attribution.ts";
import { addedRanges, diffLines, splitLines } from "../../../server/core/diff.ts";
import { addressOf } from "../../../server/core/digest.ts";
import { attributeLines, type EditStep } from "../../../server/core/line-authors.ts";
import { makeRandom, simulate, textOf } from "./replay.ts";

const ai = (session = "s_1"): Attribution => ({
  kind: "ai",
  by: { agent: "claude-code", session },
  source: "hook",
  confidence: "proven",
});
const typed: Attribution = { kind: "human", source: "editor", confidence: "likely" };
const unknown: Attribution = { kind: "unknown" };

let made = 0;
function step(attribution: Attribution, before: string | null, after: string | null): EditStep {
  return { address: addressOf({ step: (made += 1) }), attribution, before, after };
}

/** Each added line with a letter for its author: A proven, a likely, H human, ? unknown. */
function letters(base: string, current: string, steps: readonly EditStep[]): string[] {
  const lines = splitLines(current);
  const added = addedRanges(diffLines(splitLines(base), lines));
  return attributeLines({ base, current, steps, added }).flatMap(({ range, attribution }) =>
    lines.slice(range.start - 1, range.end).map((line) => `${letterOf(attribution)} ${line}`),
  );
}

function letterOf(attribution: Attribution): string {
  if (attribution.kind === "unknown") return "?";
  if (attribution.kind === "human") return "H";
  return attribution.confidence === "proven" ? "A" : "a";
}

const LONG = "const invoice = await exportInvoices(customer);";

describe("attributeLines", () => {
  test("what an assistant inserted is its own, what no one reported is unknown", () => {
    const steps = [step(ai(), "1\n2\n", "1\nnew\n2\n")];
    expect(letters("1\n2\n", "1\nnew\nmore\n2\n", steps)).toEqual(["A new", "? more"]);
  });

  test("names the journal entry behind each line, and nothing for unknown ones", () => {
    const entry = step(ai(), "", "new\n");
    const lines = attributeLines({
      base: "",
      current: "new\nmore\n",
      steps: [entry],
      added: [{ start: 1, end: 2 }],
    });
    expect(lines.map(({ evidence }) => evidence)).toEqual([[entry.address], []]);
  });

  test("a new file of an assistant is its own, and stays so after an edit by someone else", () => {
    const steps = [step(ai(), null, "a\nb\n"), step(typed, "a\nb\n", "a\nmine\nb\n")];
    expect(letters("", "a\nmine\nb\n", steps)).toEqual(["A a", "H mine", "A b"]);
  });

  test("an edit without a before does not claim lines that were there", () => {
    const steps = [step(ai(), null, "old\nnew\n")];
    expect(letters("old\n", "old\nnew\n", steps)).toEqual(["A new"]);
  });

  test("late, early and doubled reports make no difference", () => {
    const versions = ["", "one\n", "one\ntwo\n", "zero\none\ntwo\n", "zero\none\ntwo\nthree\n"];
    const steps = versions
      .slice(1)
      .map((after, index) => step(index === 2 ? unknown : ai(), versions[index] ?? "", after));
    const truth = ["? zero", "A one", "A two", "A three"];
    const orders = [
      [0, 1, 2, 3],
      [3, 2, 1, 0],
      [1, 0, 3, 2],
      [2, 3, 0, 1],
      [0, 0, 3, 1, 1, 2, 3],
    ];
    for (const order of orders) {
      const shuffled = order.map((index) => steps[index]).filter((one) => one !== undefined);
      expect(letters("", versions[4] ?? "", shuffled)).toEqual(truth);
    }
  });

  test("a state that was seen before its report came is still the assistant's", () => {
    const steps = [step(unknown, "new\n", "new\n"), step(ai(), "", "new\n")];
    expect(letters("", "new\n", steps)).toEqual(["A new"]);
  });

  test("undo and redo lead back to what is known", () => {
    const steps = [
      step(ai(), "1\n", "1\nx = 1\n"),
      step(unknown, "1\nx = 1\n", "1\n"),
      step(unknown, "1\n", "1\nx = 1\n"),
    ];
    expect(letters("1\n", "1\nx = 1\n", steps)).toEqual(["A x = 1"]);
  });

  test("new spaces leave an assistant's line its own, only less surely", () => {
    const steps = [step(ai(), "", "if(a){b()}\n")];
    expect(letters("", "  if (a) { b() }\n", steps)).toEqual(["a   if (a) { b() }"]);
    expect(letters("", "if(a){\n  b()\n}\n", steps)).toEqual(["a if(a){", "a   b()", "a }"]);
    expect(letters("", "if(a){b()}\r\n", steps)).toEqual(["A if(a){b()}\r"]);
  });

  test("an assistant that only changes the spaces of a person's line does not own it", () => {
    const steps = [step(typed, "", "mine()\n"), step(ai(), "mine()\n", "{\n  mine()\n}\n")];
    expect(letters("", "{\n  mine()\n}\n", steps)).toEqual(["A {", "H   mine()", "A }"]);
  });

  test("an assistant that moves a person's line does not own it", () => {
    const steps = [
      step(unknown, "", "mine()\na\nb\nc\n"),
      step(ai(), "mine()\na\nb\nc\n", "a\nb\nc\nmine()\n"),
    ];
    expect(letters("", "a\nb\nc\nmine()\n", steps)).toEqual(["? a", "? b", "? c", "? mine()"]);
  });

  test("an assistant's text that is cut, and pasted later by an unknown hand, stays its own", () => {
    const steps = [
      step(ai(), "1\n2\n", `1\n${LONG}\n}\n2\n`),
      step(unknown, `1\n${LONG}\n}\n2\n`, "1\n2\n"),
      step(unknown, "1\n2\n", "1\n2\n3\n"),
    ];
    expect(letters("1\n2\n", `1\n2\n3\n${LONG}\n}\n`, steps)).toEqual(["? 3", `a ${LONG}`, "a }"]);
  });

  test("what a person brought in and an assistant took out and put back stays theirs", () => {
    const steps = [
      step(unknown, "", `${LONG}\n`),
      step(ai(), `${LONG}\n`, "other\n"),
      step(ai(), "other\n", `other\n${LONG}\n`),
    ];
    expect(letters("", `other\n${LONG}\n`, steps)).toEqual(["A other", `? ${LONG}`]);
  });

  test.for(["}", "", "  });", "return null;", "} else {", "console.log(error);"])(
    "a person's own %j is not the assistant's because it once wrote the same",
    (line) => {
      const steps = [
        step(ai(), "1\n2\n", `1\n${line}\n2\n`),
        step(unknown, `1\n${line}\n2\n`, "1\n2\n"),
        step(unknown, "1\n2\n", "1\n2\n3\n"),
      ];
      expect(letters("1\n2\n", `1\n2\n3\n${line}\n`, steps)).toEqual(["? 3", `? ${line}`]);
    },
  );

  test("what someone says to have typed is theirs, even where an assistant wrote the same", () => {
    const steps = [
      step(ai(), "", `${LONG}\n`),
      step(unknown, `${LONG}\n`, "1\n"),
      step(typed, "1\n", `1\n${LONG}\n`),
    ];
    expect(letters("", `1\n${LONG}\n`, steps)).toEqual(["? 1", `H ${LONG}`]);
  });

  test("two assistants keep their own lines", () => {
    const steps = [step(ai("s_1"), "", "one\n"), step(ai("s_2"), "one\n", "one\ntwo\n")];
    const lines = attributeLines({
      base: "",
      current: "one\ntwo\n",
      steps,
      added: [{ start: 1, end: 2 }],
    });
    expect(
      lines.map(({ attribution }) => attribution.kind === "ai" && attribution.by.session),
    ).toEqual(["s_1", "s_2"]);
  });

  test("a circle of reports has an end", () => {
    const steps = [step(ai(), "a\n", "b\n"), step(ai(), "b\n", "c\n"), step(ai(), "c\n", "a\n")];
    expect(letters("", "c\n", steps)).toHaveLength(1);
  });

  test("thousands of reports backwards have an end", () => {
    const versions = Array.from({ length: 5_000 }, (_, index) => `${index}\n`);
    const steps = versions.slice(1).map((after, index) => step(ai(), versions[index] ?? "", after));
    expect(letters("", "4999\n", steps.toReversed())).toEqual(["A 4999"]);
  });
});

describe("a replay of mixed authors", () => {
  test.for([1, 2, 3, 4, 5, 6])(
    "of 1,000 edits (seed %i) calls no person's line an assistant's, and misses under 1 %",
    (seed) => {
      const { base, lines, steps } = simulate(seed, 1_000);
      const { falseAi, missed, total } = judge(base, lines, steps);
      expect(falseAi).toEqual([]);
      expect(total).toBeGreaterThan(100);
      expect(missed / total).toBeLessThan(0.01);
    },
  );

  test("with its reports doubled and out of order still calls no person's line an assistant's", () => {
    let missed = 0;
    let total = 0;
    for (let seed = 11; seed <= 20; seed += 1) {
      const { base, lines, steps } = simulate(seed, 300);
      const random = makeRandom(seed);
      const shuffled = [...steps, ...steps.filter(() => random(4) === 0)];
      for (let index = 0; index + 4 < shuffled.length; index += 1) {
        const other = index + random(4);
        const [a, b] = [shuffled[index], shuffled[other]];
        if (a && b) [shuffled[index], shuffled[other]] = [b, a];
      }
      const result = judge(base, lines, shuffled);
      expect(result.falseAi).toEqual([]);
      missed += result.missed;
      total += result.total;
    }
    expect(total).toBeGreaterThan(500);
    expect(missed / total).toBeLessThan(0.05);
  });
});

/** Equal lines cannot be told apart, so they are counted by their text. Lines of the base are nobody's. */
function judge(
  base: string,
  lines: ReturnType<typeof simulate>["lines"],
  steps: readonly EditStep[],
): { falseAi: string[]; missed: number; total: number } {
  const current = textOf(lines);
  const added = addedRanges(diffLines(splitLines(base), splitLines(current)));
  const spare = new Map<string, number>();
  for (const { text, author } of lines) {
    if (author !== "human") spare.set(text, (spare.get(text) ?? 0) + 1);
  }
  const falseAi: string[] = [];
  const aiTruth = new Set(lines.filter(({ author }) => author === "ai").map(({ text }) => text));
  const nonAi = new Set(lines.filter(({ author }) => author !== "ai").map(({ text }) => text));
  let missed = 0;
  let total = 0;
  for (const { range, attribution } of attributeLines({ base, current, steps, added })) {
    for (const { text } of lines.slice(range.start - 1, range.end)) {
      if (attribution.kind === "ai") {
        const left = (spare.get(text) ?? 0) - 1;
        spare.set(text, left);
        if (left < 0) falseAi.push(text);
      }
      if (!aiTruth.has(text) || nonAi.has(text)) continue;
      total += 1;
      if (attribution.kind !== "ai") missed += 1;
    }
  }
  return { falseAi, missed, total };
}
