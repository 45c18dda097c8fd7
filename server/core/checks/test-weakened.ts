import type { ChangedFile } from "../change.ts";
import { diffLines, splitLines } from "../diff.ts";
import type { Finding } from "../finding.ts";
import { lineLocation, type RepoPath } from "../location.ts";
import { printable } from "../printable.ts";
import { isOrdinaryFile, textAfter, textBefore } from "./changed-text.ts";
import { type Check, type CheckInput, finding } from "./check.ts";
import { parsersOf } from "./parsers.ts";
import { isTestPath } from "./test-paths.ts";
import { findRelaxedTests } from "./test-settings.ts";
import { compareTests, type Weakening } from "./tests/compare.ts";
import { readPythonTests } from "./tests/read-python.ts";
import { readScriptTests } from "./tests/read-script.ts";
import { findRewritten, isSnapshotFile } from "./tests/snapshots.ts";
import type { TestCase, TestFile } from "./tests/test-file.ts";

const SCRIPT = /\.[cm]?[jt]sx?$/u;
const PYTHON = /\.pyw?$/u;
const NO_TESTS: TestFile = { tests: [], only: [], mistake: null, isUnread: false };
/** Most findings of one file; a file that is emptied says so with fewer than all its tests. */
const MOST_FINDINGS = 20;

/** `policy/test-weakened`: tests that the change makes ask for less than they did before. */
export const findWeakenedTests: Check = (input) => {
  const files = input.change.files.filter(isReadable);
  const changed = files.filter(isTestFile).map((file) => readBoth(input, file));
  return [
    ...changed.flatMap((each) => weakenedIn(input, each, changed)),
    ...files.flatMap((file) => rewrittenIn(input, file)),
    ...files.flatMap((file) => findRelaxedTests(input, file)),
  ];
};

function isReadable({ before, after }: ChangedFile): boolean {
  return before !== null && isOrdinaryFile(before) && (after === null || isOrdinaryFile(after));
}

function isTestFile(file: ChangedFile): boolean {
  const path = file.before?.path ?? file.path;
  return isTestPath(path) && (SCRIPT.test(path) || PYTHON.test(path));
}

/** A changed test file, read before and after. */
interface Compared {
  readonly file: ChangedFile;
  readonly before: TestFile;
  readonly after: TestFile;
}

function readBoth(input: CheckInput, file: ChangedFile): Compared {
  const [old, text] = [textBefore(input, file), textAfter(input, file)];
  return {
    file,
    before:
      old === null || file.before === null ? NO_TESTS : readTests(input, file.before.path, old),
    after:
      text === null || file.after === null ? NO_TESTS : readTests(input, file.after.path, text),
  };
}

function readTests(input: CheckInput, path: RepoPath, text: string): TestFile {
  const parsers = parsersOf(input);
  return PYTHON.test(path)
    ? readPythonTests(parsers.python(text), text)
    : readScriptTests(parsers.script(path, text), text);
}

function weakenedIn(
  input: CheckInput,
  { file, before, after }: Compared,
  changed: readonly Compared[],
): readonly Finding[] {
  const path = file.after?.path ?? file.path;
  if (before.isUnread && after.mistake !== null && after.isUnread)
    return [unreadable(path, after.mistake)];
  if (before.tests.length === 0 && after.only.length === 0) return [];
  if (file.after === null && isSubjectGone(input, file.path)) return [];
  const elsewhere = changedTests(input, changed, file);
  const line = lineFinder(input, file);
  const found = foldSkips(compareTests(before, after, elsewhere));
  // What a parser lost its way in may be there after all.
  const isBroken = after.mistake !== null && before.mistake === null && file.after !== null;
  if (isBroken && found.length > 0) return [unreadable(path, after.mistake)];
  return found.slice(0, MOST_FINDINGS).map((weakening) => {
    const at = weakening.kind === "gone" ? line(weakening.test.line) : lineIn(weakening, line);
    const { subject, message } = describe(weakening);
    return finding({
      rule: "policy/test-weakened",
      subject,
      message,
      location: lineLocation(path, at),
    });
  });
}

/** A suite that is skipped is told once, not with each of its tests. */
function foldSkips(found: readonly Weakening[]): readonly Weakening[] {
  const told = new Set<number>();
  return found.filter((each) => {
    if (each.kind !== "skipped") return true;
    const isTold = told.has(each.line);
    told.add(each.line);
    return !isTold;
  });
}

/** Tests that other files of the change have and did not have before: a test may have moved there. */
function changedTests(
  input: CheckInput,
  changed: readonly Compared[],
  file: ChangedFile,
): readonly TestCase[] {
  const added = input.change.files
    .filter(({ before, after }) => before === null && after !== null && isTestPath(after.path))
    .filter(({ path }) => SCRIPT.test(path) || PYTHON.test(path))
    .flatMap((each) => {
      const text = textAfter(input, each);
      return text === null ? [] : readTests(input, each.path, text).tests;
    });
  const grown = changed
    .filter((each) => each.file !== file)
    .flatMap(({ before, after }) => {
      const known = new Set(before.tests.map(({ name }) => name));
      return after.tests.filter(({ name }) => !known.has(name));
    });
  return [...added, ...grown];
}

/** Whether the change deletes what a deleted test file is named after. */
function isSubjectGone(input: CheckInput, path: RepoPath): boolean {
  const stem = stemOf(path);
  return input.change.files.some(
    ({ path: other, after }) =>
      after === null && other !== path && !isTestPath(other) && stemOf(other) === stem,
  );
}

function stemOf(path: RepoPath): string {
  const name = path.slice(path.lastIndexOf("/") + 1).replace(/\.[^.]+$/u, "");
  return name.replace(/^test_|_test$|[._-](?:test|spec|cy|e2e)$/u, "");
}

/** Where lines of the old text were, as lines of the new one. */
function lineFinder(input: CheckInput, file: ChangedFile): (line: number) => number {
  const after = splitLines(textAfter(input, file) ?? "");
  const hunks = diffLines(splitLines(textBefore(input, file) ?? ""), after);
  return (line) => {
    let shift = 0;
    for (const { oldStart, oldCount, newStart, newCount } of hunks) {
      if (line < oldStart) break;
      if (line < oldStart + oldCount)
        return Math.min(Math.max(1, newStart), Math.max(1, after.length));
      shift = newStart + newCount - oldStart - oldCount;
    }
    return Math.max(1, line + shift);
  };
}

function lineIn(
  weakening: Exclude<Weakening, { kind: "gone" }>,
  line: (old: number) => number,
): number {
  switch (weakening.kind) {
    case "skipped":
    case "only":
      return weakening.line;
    case "emptied":
      return weakening.test.line;
    case "loosened":
      return weakening.to.line;
    case "voided":
      return weakening.assertion.line;
    case "fewer":
      return line(weakening.first.line);
  }
}

/** Never quotes what a test expects: that may be a secret. */
function describe(weakening: Weakening): { readonly subject: string; readonly message: string } {
  const name = weakening.kind === "only" ? weakening.name : weakening.test.name;
  const test = `The test "${printable(name, 120)}"`;
  const said = (message: string) => ({ subject: `${weakening.kind} ${name}`, message });
  switch (weakening.kind) {
    case "gone":
      return said(`${test} is gone.`);
    case "skipped":
      return said(
        `${test} ran before and does not count any more: ${printable(weakening.how, 40)}.`,
      );
    case "only":
      return said(`"${printable(name, 120)}" runs alone: the other tests are left out.`);
    case "emptied":
      return said(`${test} asserts nothing any more; before it had ${countOf(weakening.before)}.`);
    case "loosened":
      return said(
        `${test} asserts less than before: ${printable(weakening.from.how, 40)} became ${printable(weakening.to.how, 40)}.`,
      );
    case "voided":
      return said(
        weakening.assertion.void === "swallowed"
          ? `${test} catches its own failure, so that this assertion cannot fail.`
          : `${test} returns before this assertion.`,
      );
    case "fewer": {
      const { before, after } = weakening;
      const counts = before > after ? `: it had ${countOf(before)}, now it has ${after}` : "";
      return said(`${test} asserts less than before${counts}.`);
    }
  }
}

function countOf(count: number): string {
  return count === 1 ? "one assertion" : `${count} assertions`;
}

function unreadable(
  path: RepoPath,
  mistake: { readonly message: string; readonly line: number },
): Finding {
  return finding({
    rule: "policy/test-weakened",
    kind: "unproven",
    subject: "unreadable",
    message: `The tests of ${printable(path)} cannot be held against the ones before: ${mistake.message}`,
    location: lineLocation(path, mistake.line),
    remedy: "Mend the file so that it parses.",
  });
}

function rewrittenIn(input: CheckInput, file: ChangedFile): readonly Finding[] {
  const [old, text] = [textBefore(input, file), textAfter(input, file)];
  if (file.after === null || old === null || text === null || !isSnapshotFile(file.after.path))
    return [];
  const rewritten = findRewritten(old, text);
  if (rewritten === null) return [];
  const { changed, total, line } = rewritten;
  return [
    finding({
      rule: "policy/test-weakened",
      subject: "snapshots",
      message: `${changed} of ${total} snapshots were rewritten: what they were to protect has to be read one by one.`,
      location: lineLocation(file.after.path, line),
    }),
  ];
}
