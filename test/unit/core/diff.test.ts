import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  addedRanges,
  countLines,
  diffLines,
  mapLines,
  removedCount,
  splitLines,
} from "../../../server/core/diff.ts";

const line = fc.constantFrom("a", "b", "c", "d", "}", "", "x = 1");
const lines = fc.array(line, { maxLength: 40 });

function apply(before: readonly string[], after: readonly string[]): string[] {
  const result: string[] = [];
  let at = 0;
  for (const hunk of diffLines(before, after)) {
    result.push(...before.slice(at, hunk.oldStart - 1));
    result.push(...after.slice(hunk.newStart - 1, hunk.newStart - 1 + hunk.newCount));
    at = hunk.oldStart - 1 + hunk.oldCount;
  }
  return [...result, ...before.slice(at)];
}

describe("splitLines and countLines", () => {
  test.for([
    ["", []],
    ["a", ["a"]],
    ["a\n", ["a"]],
    ["a\n\n", ["a", ""]],
    ["\n", [""]],
    ["a\r\nb", ["a\r", "b"]],
  ] as const)("%j", ([text, expected]) => {
    expect(splitLines(text)).toEqual(expected);
    expect(countLines(text)).toBe(expected.length);
  });
});

describe("diffLines", () => {
  test("the hunks turn the old text into the new one", () => {
    fc.assert(
      fc.property(lines, lines, (a, b) => {
        expect(apply(a, b)).toEqual(b);
      }),
    );
  });

  test("an equal text has no hunks, an empty one has one", () => {
    fc.assert(
      fc.property(lines, (a) => {
        expect(diffLines(a, a)).toEqual([]);
      }),
    );
    expect(diffLines([], ["a", "b"])).toEqual([
      { oldStart: 1, oldCount: 0, newStart: 1, newCount: 2 },
    ]);
    expect(diffLines(["a"], [])).toEqual([{ oldStart: 1, oldCount: 1, newStart: 1, newCount: 0 }]);
  });

  test("every line is either mapped, in order, to an equal line, or added", () => {
    fc.assert(
      fc.property(lines, lines, (a, b) => {
        const hunks = diffLines(a, b);
        const map = mapLines(hunks, b.length);
        const added = addedRanges(hunks).reduce((sum, { start, end }) => sum + end - start + 1, 0);
        const kept = [...map].filter((old) => old >= 0);
        expect(kept.length + added).toBe(b.length);
        expect(a.length - kept.length).toBe(removedCount(hunks));
        expect(kept).toEqual(kept.toSorted((x, y) => x - y));
        expect(new Set(kept).size).toBe(kept.length);
        for (const [index, old] of map.entries()) if (old >= 0) expect(a[old]).toBe(b[index]);
      }),
    );
  });

  test("finds one inserted line in a text of the same lines", () => {
    const before = ["{", "a", "}", "{", "b", "}"];
    const after = ["{", "a", "}", "{", "new", "}", "{", "b", "}"];
    expect(removedCount(diffLines(before, after))).toBe(0);
  });

  test("a moved block is one removal and one insertion", () => {
    const block = Array.from({ length: 20 }, (_, index) => `moved ${index}`);
    const rest = Array.from({ length: 50 }, (_, index) => `rest ${index}`);
    const hunks = diffLines([...block, ...rest], [...rest, ...block]);
    expect([removedCount(hunks), addedRanges(hunks)]).toEqual([20, [{ start: 51, end: 70 }]]);
  });

  test("stays whole where the bound cuts the search short", () => {
    const scramble = (seed: number) =>
      Array.from({ length: 30_000 }, (_, index) => `${((index * seed) >> 3) % 3}`);
    const [a, b] = [scramble(7919), scramble(104_729)];
    expect(apply(a, b)).toEqual(b);
  });

  test("a nest of repeated lines cannot make it search without end", () => {
    const nest = (count: number): string[] => [
      ...Array.from({ length: count }, (_, index) => `${index}`),
      ...Array.from({ length: count }, (_, index) => `${count - index}`),
    ];
    const a = nest(20_000);
    const b = nest(20_000).map((text, index) => (index % 2 === 0 ? text : `${text}'`));
    expect(apply(a, b)).toEqual(b);
  });
});
