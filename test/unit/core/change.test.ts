import { describe, expect, test } from "vitest";

import { changeId } from "../../../server/core/change.ts";

const file = (path: string, blob: string) => ({
  path,
  before: null,
  after: { path, blob, mode: "100644" },
});

describe("changeId", () => {
  test("is the same whatever order the files come in", () => {
    const a = file("a.ts", "1".repeat(40));
    const b = file("b.ts", "2".repeat(40));
    expect(changeId("c".repeat(40), [a, b])).toBe(changeId("c".repeat(40), [b, a]));
  });

  test("differs when the base, a path, a mode or a blob differs", () => {
    const one = file("a.ts", "1".repeat(40));
    const executable = { ...one, after: { ...one.after, mode: "100755" } };
    const ids = [
      changeId("c".repeat(40), [one]),
      changeId("d".repeat(40), [one]),
      changeId("c".repeat(40), [file("b.ts", "1".repeat(40))]),
      changeId("c".repeat(40), [file("a.ts", "2".repeat(40))]),
      changeId("c".repeat(40), [executable]),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });
});
