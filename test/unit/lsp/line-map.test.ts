import { describe, expect, test } from "vitest";

import { mapLines } from "../../../server/lsp/line-map.ts";

const text = (...lines: readonly string[]) => lines.join("\n");

describe("mapLines", () => {
  const older = text("a", "b", "c", "d");

  test("moves what is below an insertion, and nothing above it", () => {
    const map = mapLines(older, text("a", "new", "newer", "b", "c", "d"));
    expect([0, 1, 2, 3].map((line) => map.toNew(line))).toEqual([0, 3, 4, 5]);
    expect([0, 1, 2, 3, 4].map((line) => map.toOld(line))).toEqual([0, null, null, 1, 2]);
  });

  test("moves what is below a deletion up, and keeps a deleted line near its place", () => {
    const map = mapLines(older, text("a", "d"));
    expect([0, 1, 2, 3].map((line) => map.toNew(line))).toEqual([0, 0, 0, 1]);
  });

  test("keeps an edited line where it is", () => {
    expect(mapLines(older, text("a", "B!", "c", "d")).toNew(1)).toBe(1);
  });

  test("never leaves the newer text, whatever it is", () => {
    for (const newer of ["", "x", text("d", "c", "b", "a"), text("a", "a", "a"), older + older]) {
      const map = mapLines(older, newer);
      const count = newer.split("\n").length;
      for (const line of [0, 1, 2, 3]) {
        expect(map.toNew(line)).toBeGreaterThanOrEqual(0);
        expect(map.toNew(line)).toBeLessThan(count);
      }
    }
  });
});
