import type { ReadTest, ResultParser } from "./outcomes.ts";

const SUMMARY = /^(PASSED|FAILED|ERROR|XFAIL|XPASS|SKIPPED) ((?:\[\d+\] )?\S.*?)(?: - (.*))?$/;
const PROGRESS =
  /^(\S+\.py::.+?) (PASSED|FAILED|ERROR|XFAIL|XPASS|SKIPPED) *(?:\([^()]*\))? *\[ *\d+%\]$/;
const PYTEST_STATUS: Readonly<Record<string, ReadTest["status"]>> = {
  PASSED: "passed",
  XPASS: "passed",
  FAILED: "failed",
  ERROR: "failed",
  XFAIL: "skipped",
  SKIPPED: "skipped",
};

/** pytest: the short summary of `-rA`, and the lines of `-v`. */
export const pytest: ResultParser = {
  runner: "pytest",
  matches: (text) => /^=+ (?:test session starts|short test summary info) =+$/m.test(text),
  parse(text) {
    const [before = "", ...after] = text.split(/^=+ short test summary info =+$/m);
    const tests = new Map<string, ReadTest>();
    for (const line of before.split("\n")) {
      const match = PROGRESS.exec(line);
      if (match !== null) add(tests, match[1] ?? "", match[2] ?? "");
    }
    for (const line of (after.at(-1) ?? "").split("\n")) {
      const match = SUMMARY.exec(line);
      // Skips are summed up by place, not by name: `SKIPPED [1] test_sum.py:5: reason`.
      const name = (match?.[2] ?? "").replace(/^\[\d+\] /, "");
      if (match !== null && !(match[1] === "SKIPPED" && tests.size > 0 && !name.includes("::")))
        add(tests, name, match[1] ?? "", match[3]);
      else if (match !== null && !hasVerboseLines(before)) add(tests, name, match[1] ?? "");
    }
    const places = readPlaces(before);
    return Array.from(tests.values(), (test) => ({ ...places.get(lastName(test)), ...test }));
  },
};

function hasVerboseLines(text: string): boolean {
  return /^\S+\.py::.+? (?:PASSED|FAILED|ERROR|SKIPPED)/m.test(text);
}

function add(tests: Map<string, ReadTest>, name: string, word: string, message?: string): void {
  const status = PYTEST_STATUS[word] ?? "failed";
  const known = tests.get(name);
  // A test can pass and its teardown fail: the worse outcome counts.
  if (known?.status === "failed" && status !== "failed") return;
  const said = message ?? known?.message;
  tests.set(name, {
    names: name.split("::"),
    status,
    ...(said === undefined ? {} : { message: said }),
  });
}

function lastName(test: ReadTest): string {
  return test.names.slice(1).join(".");
}

/** Where a failure was raised, from the long report: `_____ test_fails _____` … `test_sum.py:4: AssertionError`. */
function readPlaces(text: string): Map<string, { file: string; line: number; message: string }> {
  const places = new Map<string, { file: string; line: number; message: string }>();
  const parts = text.split(/^_{3,} (?:ERROR at (?:setup|teardown) of )?(.+?) _{3,}$/m);
  for (let at = 1; at + 1 < parts.length; at += 2) {
    const body = (parts[at + 1] ?? "").split(/^={3,} /m)[0] ?? "";
    const place = /^(\S+\.py):(\d+): /m.exec(body);
    if (place === null) continue;
    const found = { file: place[1] ?? "", line: Number(place[2]), message: body };
    places.set(parts[at] ?? "", found);
  }
  return places;
}

const UNITTEST = /^\s*(\w+) \(([\w.]+)\)(?: \((.*)\))?(?: \.\.\. ?(.*))?$/;
const RESULT = /(?:^|\.\.\. )(ok|FAIL|ERROR|skipped .*|expected failure|unexpected success)$/;

/** `python -m unittest -v`. What a test prints may stand between its name and its result. */
export const unittest: ResultParser = {
  runner: "unittest",
  matches: (text) => /^Ran \d+ tests? in /m.test(text),
  parse(text) {
    const [tree = "", ...reports] = text.split(/^={70}$/m);
    const failures = new Map<string, string>();
    for (const report of reports) {
      const match = /^\n?(?:FAIL|ERROR): (\w+) \(([\w.]+)\)(.*)\n/.exec(report);
      if (match !== null) failures.set(fullName(match[1], match[2]), report);
    }
    const tests = new Map<string, ReadTest>();
    let open: { key: string; names: string[] } | null = null;
    for (const line of tree.split("\n")) {
      const head = UNITTEST.exec(line);
      if (head !== null) {
        // Python 3.11 and later repeat the method's name inside the brackets.
        const key = fullName(head[1], head[2]);
        open = { key, names: key.split(".") };
      }
      const result = RESULT.exec(line)?.[1];
      if (open === null || result === undefined) continue;
      record(tests, open, result, failures.get(open.key));
    }
    // A sub-test that fails is told only below its test, and in the reports.
    for (const [key, message] of failures)
      record(tests, { key, names: key.split(".") }, "FAIL", message);
    return [...tests.values()];
  },
};

function fullName(method = "", container = ""): string {
  return container.endsWith(`.${method}`) ? container : `${container}.${method}`;
}

function record(
  tests: Map<string, ReadTest>,
  { key, names }: { key: string; names: readonly string[] },
  result: string,
  message: string | undefined,
): void {
  if (tests.get(key)?.status === "failed") return;
  const status =
    result === "ok" ? "passed" : /^(?:skipped|expected)/.test(result) ? "skipped" : "failed";
  tests.set(key, { names, status, ...(message === undefined ? {} : { message }) });
}
