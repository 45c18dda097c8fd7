import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { AttributionStatement } from "../../../../server/core/attest/attribution.ts";
import { carryAttribution } from "../../../../server/core/attest/carry-attribution.ts";
import { PREDICATES, STATEMENT_TYPE } from "../../../../server/core/attest/statement.ts";
import type { AttributedLines } from "../../../../server/core/attribution.ts";
import { sha256Digest } from "../../../../server/core/digest.ts";

const idOf = (text: string) => sha256Digest(text).slice(7, 47);
const UNKNOWN = { kind: "unknown" } as const;
const HUMAN = { kind: "human", source: "editor", confidence: "proven" } as const;
const lines = (count: number) => Array.from({ length: count }, (_, at) => `line ${at + 1}\n`);

/** A statement that the given lines of a text are Claude's. */
function stated(text: string, start: number, end: number, path = "a.ts"): AttributionStatement {
  const by = { kind: "ai", session: 0, source: "hook", confidence: "proven" } as const;
  return {
    _type: STATEMENT_TYPE,
    subject: [{ name: "commit", digest: { gitCommit: "1".repeat(40) } }],
    predicateType: PREDICATES.attribution,
    predicate: {
      change: "c",
      base: "b",
      lines: { added: end - start + 1, ai: end - start + 1, human: 0, unknown: 0 },
      sessions: [{ agent: "claude-code", session: "s", lines: end - start + 1 }],
      files: [{ path, blob: idOf(text), authors: [{ start, end, by }] }],
    },
  };
}

function carry(
  text: string,
  statements: readonly AttributionStatement[],
  old: readonly string[],
  own?: readonly AttributedLines[],
) {
  const end = text.split("\n").length - 1;
  const file = {
    path: "a.ts",
    oldPath: "a.ts",
    blob: idOf(text),
    text,
    lines: own ?? [{ range: { start: 1, end }, attribution: UNKNOWN, evidence: [] }],
  };
  const texts = new Map(old.map((each) => [idOf(each), each]));
  return carryAttribution(file, statements, (blob) => texts.get(blob)).map(
    ({ range, attribution }) =>
      [
        range.start,
        range.end,
        attribution.kind === "ai" ? attribution.confidence : attribution.kind,
      ] as const,
  );
}

describe("carryAttribution", () => {
  const text = lines(6).join("");

  test("the very blob keeps its authors as they were stated", () => {
    expect(carry(text, [stated(text, 2, 4)], [])).toEqual([
      [1, 1, "unknown"],
      [2, 4, "proven"],
      [5, 6, "unknown"],
    ]);
  });

  test("another text keeps the lines that are still there, as likely", () => {
    const next = ["new\n", ...lines(3), "new\n", ...lines(6).slice(4)].join("");
    expect(carry(next, [stated(text, 2, 6)], [text])).toEqual([
      [1, 2, "unknown"],
      [3, 4, "likely"],
      [5, 5, "unknown"],
      [6, 7, "likely"],
    ]);
  });

  test("several commits that were squashed each give their lines", () => {
    const first = lines(3).join("");
    const statements = [stated(text, 4, 6), stated(first, 1, 3)];
    expect(carry(text, statements, [first])).toEqual([
      [1, 3, "likely"],
      [4, 6, "proven"],
    ]);
  });

  test("what is known is not overruled", () => {
    const own: AttributedLines[] = [
      { range: { start: 1, end: 3 }, attribution: HUMAN, evidence: [] },
      { range: { start: 4, end: 6 }, attribution: UNKNOWN, evidence: [] },
    ];
    expect(carry(text, [stated(text, 1, 6)], [], own)).toEqual([
      [1, 3, "human"],
      [4, 6, "proven"],
    ]);
  });

  test("a blob that is gone, another file and no statement leave the lines unknown", () => {
    for (const statements of [[stated("gone\n", 1, 1)], [stated("x\n", 1, 1, "b.ts")], []]) {
      expect(carry(text, statements, ["x\n"])).toEqual([[1, 6, "unknown"]]);
    }
  });

  test("covers each added line once and in order, whatever the texts", () => {
    const word = fc.constantFrom("a\n", "b\n", "c\n", "d\n");
    const texts = fc.array(word, { minLength: 1, maxLength: 30 }).map((all) => all.join(""));
    fc.assert(
      fc.property(texts, texts, (old, next) => {
        const end = old.split("\n").length - 1;
        const carried = carry(next, [stated(old, 1, end)], [old]);
        const covered = carried.flatMap(([from, to]) =>
          Array.from({ length: to - from + 1 }, (_, at) => from + at),
        );
        expect(covered).toEqual(
          Array.from({ length: next.split("\n").length - 1 }, (_, at) => at + 1),
        );
      }),
    );
  });
});
