import { indentation, milliseconds, type ReadTest, type ResultParser } from "./outcomes.ts";

const MOST_DEPTH = 64;
const MARK = /^( *)([✓✔√✕✗×○✎-]|\d+\)) (?:skipped |todo )?(.*?)(?: \((\d+(?:\.\d+)? ?m?s)\))?$/u;

/** The tree of names that mocha's `spec` and jest's `--verbose` print: suites indented, tests with a mark. */
function readTree(lines: readonly string[], base: number): ReadTest[] {
  const tests: ReadTest[] = [];
  const suites: { indent: number; name: string }[] = [];
  for (const line of lines) {
    if (line.trim() === "") continue;
    const indent = indentation(line);
    const match = MARK.exec(line);
    if (match === null) {
      while ((suites.at(-1)?.indent ?? -1) >= indent) suites.pop();
      if (indent >= base && suites.length < MOST_DEPTH) suites.push({ indent, name: line.trim() });
      continue;
    }
    // A suite's own tests come before its inner suites, so a mark at another depth was printed by a test.
    if (indent !== (suites.at(-1)?.indent ?? base - 2) + 2) continue;
    const durationMs = milliseconds(match[4]);
    tests.push({
      names: [...suites.map(({ name }) => name), match[3] ?? ""],
      status: statusOf(match[2] ?? ""),
      ...(durationMs === undefined ? {} : { durationMs }),
    });
  }
  return tests;
}

function statusOf(mark: string): ReadTest["status"] {
  if (mark === "✓" || mark === "✔" || mark === "√") return "passed";
  return mark === "○" || mark === "✎" || mark === "-" ? "skipped" : "failed";
}

function withMessages(
  tests: readonly ReadTest[],
  messages: ReadonlyMap<string, string>,
): ReadTest[] {
  return tests.map((test) => {
    const message = test.status === "failed" ? messages.get(test.names.join(" › ")) : undefined;
    return message === undefined ? test : { ...test, message };
  });
}

/** mocha's default output (`spec`). */
export const mochaSpec: ResultParser = {
  runner: "mocha",
  matches: (text) => /^  \d+ passing \(.*\)$/m.test(text),
  parse(text) {
    const summary = /^  \d+ passing \(.*\)$/m.exec(text);
    const tests = readTree(text.slice(0, summary?.index ?? 0).split("\n"), 2);
    return withMessages(tests, readMochaFailures(text.slice(summary?.index ?? 0)));
  },
};

/** Below the summary: `  1) suite`, deeper the names up to one that ends with a colon, then the error. */
function readMochaFailures(text: string): Map<string, string> {
  const messages = new Map<string, string>();
  for (const part of text.split(/^  \d+\) /m).slice(1)) {
    const lines = part.split("\n");
    const last = lines.findIndex((line) => line.trimEnd().endsWith(":"));
    if (last === -1 || last > MOST_DEPTH) continue;
    const names = lines.slice(0, last + 1).map((line) => line.trim());
    const name = names.join(" › ").replace(/:$/, "");
    messages.set(name, lines.slice(last + 1).join("\n"));
  }
  return messages;
}

/** jest's output: per test with `--verbose` or a single file, else per test file and failed test. */
export const jestText: ResultParser = {
  runner: "jest",
  matches: (text) => /^Test Suites: .*\d+ total$/m.test(text),
  parse(text) {
    const tests: ReadTest[] = [];
    const seen = new Set<string>();
    const parts = text.split(/^(PASS|FAIL) (.*?)(?: \(\d+(?:\.\d+)? m?s\))?$/m);
    for (let at = 1; at + 2 < parts.length; at += 3) {
      const file = (parts[at + 1] ?? "").trim();
      // A summary at the end repeats the files that failed.
      if (!seen.has(file)) tests.push(...readJestFile(parts[at] ?? "", file, parts[at + 2] ?? ""));
      seen.add(file);
    }
    return tests;
  },
};

function readJestFile(word: string, file: string, body: string): ReadTest[] {
  const [tree = "", ...sections] = body.split(/^  ● /m);
  const failures = new Map<string, string>();
  for (const section of sections) {
    const end = section.indexOf("\n");
    if (end > 0) failures.set(section.slice(0, end).trim(), section.slice(end + 1));
  }
  const end = /^(?:Test Suites: |Summary of all failing tests$)/m.exec(tree)?.index;
  const listed = withMessages(readTree(tree.slice(0, end).split("\n"), 2), failures);
  if (listed.length > 0) {
    return Array.from(listed, (test) => ({ ...test, names: [file, ...test.names] }));
  }
  const failed: ReadTest[] = [];
  for (const [name, message] of failures) {
    if (name !== "Console") failed.push({ names: [file, name], status: "failed", message });
  }
  if (failed.length > 0) return failed;
  return [{ names: [file], status: word === "PASS" ? "passed" : "failed" }];
}
