import { describe, expect, test } from "vitest";
import { TextDocument } from "vscode-languageserver-textdocument";

import { codeLenses } from "../../../server/lsp/code-lenses.ts";
import { mapLines } from "../../../server/lsp/line-map.ts";
import { findingId } from "../../../server/lsp/views/findings.ts";
import { fixPrompt } from "../../../server/lsp/views/fix-prompt.ts";
import { reviewPlaces, revertEdit } from "../../../server/lsp/views/hunks.ts";
import { lineMarks } from "../../../server/lsp/views/line-marks.ts";
import { testResults } from "../../../server/lsp/views/test-results.ts";
import { DRAFTS, fakeReview, fakeRun } from "../../fakes/review.ts";
import { aReview } from "../../lsp/reviews.ts";

const uriOf = (path: string) => `file:///w/${path}`;

describe("lineMarks", () => {
  test("marks the lines that an assistant wrote", () => {
    expect(lineMarks(fakeReview(), "src/export.ts", null)).toEqual([
      { startLine: 9, endLine: 12, author: "ai" },
    ]);
    expect(lineMarks(fakeReview(), "src/other.ts", null)).toEqual([]);
  });

  test("follows lines that moved, and leaves out those that were edited since", () => {
    const lines = Array.from({ length: 14 }, (_, index) => `line ${index + 1}`);
    const moved = ["new", ...lines];
    const map = mapLines(lines.join("\n"), moved.join("\n"));
    expect(lineMarks(fakeReview(), "src/export.ts", map)).toEqual([
      { startLine: 10, endLine: 13, author: "ai" },
    ]);
    const edited = lines.with(9, "mine");
    const other = mapLines(lines.join("\n"), edited.join("\n"));
    expect(lineMarks(fakeReview(), "src/export.ts", other)).toEqual([
      { startLine: 9, endLine: 9, author: "ai" },
      { startLine: 11, endLine: 12, author: "ai" },
    ]);
  });
});

describe("testResults", () => {
  test("has how each test ended on head, and what changed against base", () => {
    const results = testResults(fakeReview(), uriOf);
    expect(results?.tests).toMatchObject([
      { id: "writes headers", head: "failed", description: "passed on base, failed on head" },
    ]);
  });

  test("keeps tests that head does not have any more", () => {
    const review = fakeReview();
    if (review.runs === null) throw new Error("The fake has runs.");
    const runs = { base: review.runs.base, head: fakeRun("d", []) };
    expect(testResults({ ...review, runs }, uriOf)?.tests).toMatchObject([
      { id: "writes headers", head: null, description: "gone on head" },
    ]);
  });

  test("is nothing where nothing was run", () => {
    expect(testResults(fakeReview({ ran: false }), uriOf)).toBeNull();
  });

  test("shows what a program printed without its tricks", () => {
    const review = fakeReview();
    if (review.runs === null) throw new Error("The fake has runs.");
    const head = { ...review.runs.head, outputTail: "a\u001B[2Jb\r\nc\td" };
    const output = testResults({ ...review, runs: { ...review.runs, head } }, uriOf)?.output;
    expect(output).toBe("a\\u{1b}[2Jb\nc  d");
  });
});

describe("codeLenses", () => {
  const text = [
    `describe("export", () => {`,
    `  it.only('writes headers', () => {});`,
    "  test(`${name} is not plain`, () => {});",
    `});`,
    `contest("not a test");`,
  ].join("\n");
  const lensesOf = (path: string, content: string, review = fakeReview()) =>
    codeLenses({ review, folder: "file:///w", path, text: content });

  test("stand at each test with a plain name, with how it ended", () => {
    const lenses = lensesOf("test/export.test.ts", text);
    expect(lenses.map(({ range }) => range.start)).toEqual([
      { line: 0, character: 0 },
      { line: 1, character: 2 },
    ]);
    expect(lenses[1]?.command).toMatchObject({
      title: "$(beaker) Run in sandbox again — passed on base, failed on head",
      arguments: [{ folder: "file:///w" }],
    });
  });

  test("stand at the manifest's test script, and only there", () => {
    const manifest = `{\n  "name": "test",\n  "scripts": {\n    "test": "node --test"\n  }\n}`;
    const [lens, ...rest] = lensesOf("package.json", manifest);
    expect(lens?.range.start).toEqual({ line: 3, character: 4 });
    expect(rest).toEqual([]);
    expect(lensesOf("package.json", `{"name": "test"}`)).toEqual([]);
  });

  test("stay away from other files, and where nothing was changed", () => {
    expect(lensesOf("src/export.ts", text)).toEqual([]);
    expect(lensesOf("test/readme.md", text)).toEqual([]);
    const { change } = fakeReview();
    const review = aReview({ change: { ...change, files: [] } });
    expect(lensesOf("test/export.test.ts", text, review)).toEqual([]);
  });

  test("are bounded for files that a machine wrote", () => {
    const many = `test("x", () => {});\n`.repeat(5000);
    expect(lensesOf("test/x.test.ts", many)).toHaveLength(500);
  });
});

describe("reviewPlaces", () => {
  test("has what assistants wrote and findings elsewhere, file by file", () => {
    expect(reviewPlaces(fakeReview(), uriOf)).toEqual([
      { uri: uriOf("package.json"), line: 14, endLine: 14 },
      { uri: uriOf("src/export.ts"), line: 9, endLine: 12 },
      { uri: uriOf("test/export.test.ts"), line: 15, endLine: 15 },
    ]);
  });
});

describe("revertEdit", () => {
  const base = "a\nb\nc\nd\n";
  const apply = (text: string, line: number) => {
    const edit = revertEdit(base, text, line);
    const document = TextDocument.create("file:///x", "", 0, text);
    return edit === null ? null : TextDocument.applyEdits(document, [edit]);
  };

  test.for([
    ["a changed line", "a\nB\nc\nd\n", 2],
    ["an added line", "a\nb\nx\nc\nd\n", 3],
    ["a removed line, from the line before", "a\nc\nd\n", 1],
    ["a removed line, from the line after", "a\nc\nd\n", 2],
    ["the end of the file", "a\nb\nc\nd\nx", 5],
    ["a lost end of the last line", "a\nb\nc\nd", 4],
    ["everything", "x\n", 1],
  ] as const)("brings back %s", ([, text, line]) => {
    expect(apply(text, line)).toBe(base);
  });

  test("leaves other places as they are", () => {
    expect(apply("A\nb\nc\nD\n", 1)).toBe("a\nb\nc\nD\n");
  });

  test("has nothing to bring back where nothing was changed", () => {
    expect(apply("A\nb\nc\nd\n", 3)).toBeNull();
    expect(apply(base, 1)).toBeNull();
  });
});

describe("fixPrompt", () => {
  test("names what stands in the way, with what the run showed", () => {
    const prompt = fixPrompt(fakeReview(), null);
    expect(prompt).toContain("test/export.test.ts:15 (sandbox/test-outcome-changed)");
    expect(prompt).not.toContain("csv-stringify was added");
    expect(prompt).toContain("writes headers: passed on base, failed with the change");
  });

  test("names one finding when it is asked for that", () => {
    const review = fakeReview();
    const added = review.findings.find(({ rule }) => rule === DRAFTS[1]?.rule);
    if (added === undefined) throw new Error("The fake has this finding.");
    const prompt = fixPrompt(review, findingId(added.fingerprint));
    expect(prompt).toContain("csv-stringify was added");
    expect(prompt).not.toContain("writes headers");
  });

  test("has nothing to say where nothing stands in the way", () => {
    expect(fixPrompt(aReview(), null)).toBeNull();
    expect(fixPrompt(fakeReview(), "finding/none")).toBeNull();
  });
});
