import type { ChangedFile } from "../change.ts";
import type { Finding } from "../finding.ts";
import { printable } from "../printable.ts";
import { isOrdinaryFile, textAfter, textBefore } from "./changed-text.ts";
import { type Check, type CheckInput, finding } from "./check.ts";
import { CODE, COMMENT, kindsOf, STRING } from "./code-kinds.ts";
import { addedLinesOf } from "./new-lines.ts";
import { parsersOf } from "./parsers.ts";
import { findTurnedOff } from "./suppression-settings.ts";
import { type Suppression, SUPPRESSIONS } from "./suppressions.ts";
import { isTestPath } from "./test-paths.ts";

const SCRIPT = /\.[cm]?[jt]sx?$/u;
const PYTHON = /\.pyw?$/u;
const LONGEST_LINE = 2000;

/** One place where a line tells a tool to look away. */
interface Place {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
  /** The words that do it. */
  readonly words: string;
  /** The line from there on, by which it is known again where it is moved. */
  readonly rest: string;
  readonly suppression: Suppression;
}

/** `policy/suppression-added`: new lines that tell linters, type checkers and coverage to look away. */
export const findAddedSuppressions: Check = (input) => {
  const files = input.change.files.filter(({ after }) => after === null || isOrdinaryFile(after));
  const candidates = files.map((file) => ({ file, places: candidatesIn(input, file) }));
  const left = candidates.some(({ places }) => places.length > 0)
    ? movedCounts(input, files)
    : new Map<string, number>();
  return [
    ...candidates.flatMap(({ file, places }) => suppressionsIn(input, file, places, left)),
    ...files.flatMap((file) => findTurnedOff(input, file)),
  ];
};

function candidatesIn(input: CheckInput, file: ChangedFile): readonly Place[] {
  const path = file.after?.path;
  const text = textAfter(input, file);
  if (path === undefined || text === null) return [];
  const known = suppressionsFor(path);
  return addedLinesOf(text, file.addedLines).flatMap(({ line, start, end }) =>
    placesOn(text.slice(start, Math.min(end, start + LONGEST_LINE)), known, line, start),
  );
}

function suppressionsFor(path: string): readonly Suppression[] {
  const isTest = isTestPath(path);
  return SUPPRESSIONS.filter(
    ({ files, isFineInTests }) => files.test(path) && !(isTest && isFineInTests === true),
  );
}

function placesOn(
  content: string,
  known: readonly Suppression[],
  line: number,
  start: number,
): readonly Place[] {
  return known.flatMap((suppression) =>
    [...content.matchAll(suppression.pattern)].map(({ 0: words, index: column }) => {
      const rest = content.slice(column).trim();
      return { line, column, offset: start + column, words, rest, suppression };
    }),
  );
}

/** How often each suppression stood on lines of the changed files that are no longer there. */
function movedCounts(input: CheckInput, files: readonly ChangedFile[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const file of files) {
    const old = textBefore(input, file);
    if (old === null || file.removedLineCount === 0) continue;
    const known = suppressionsFor(file.before?.path ?? file.path);
    const now = new Set((textAfter(input, file) ?? "").split("\n"));
    for (const line of old.split("\n")) {
      if (now.has(line) || line.length > LONGEST_LINE) continue;
      for (const { rest } of placesOn(line, known, 0, 0))
        counts.set(rest, (counts.get(rest) ?? 0) + 1);
    }
  }
  return counts;
}

function suppressionsIn(
  input: CheckInput,
  file: ChangedFile,
  places: readonly Place[],
  left: Map<string, number>,
): readonly Finding[] {
  const path = file.after?.path;
  const text = textAfter(input, file);
  if (places.length === 0 || path === undefined || text === null) return [];
  const kindAt = kindFinder(input, path, text);
  const seen = new Map<string, number>();
  return places.flatMap(({ line, column, offset, words, rest, suppression }) => {
    if (kindAt(offset) !== (suppression.isComment ? COMMENT : CODE)) return [];
    const moved = left.get(rest) ?? 0;
    left.set(rest, moved - 1);
    if (moved > 0) return [];
    const nth = (seen.get(rest) ?? 0) + 1;
    seen.set(rest, nth);
    return [
      finding({
        rule: "policy/suppression-added",
        subject: `${rest} ${nth}`,
        message: `This line silences a tool: \`${printable(words.trim(), 60)}\`.`,
        location: {
          path,
          startLine: line,
          endLine: line,
          startColumn: column + 1,
          endColumn: column + 1 + words.length,
        },
      }),
    ];
  });
}

/** Tells what a place of a file is: by its parser where it has one and the file parses, else by its words. */
function kindFinder(input: CheckInput, path: string, text: string): (offset: number) => number {
  const comments = commentsOf(input, path, text);
  const kinds = kindsOf(path, text);
  if (comments === null) return (offset) => kinds?.[offset] ?? COMMENT;
  const isComment = new Uint8Array(text.length);
  for (const [from, to] of comments) isComment.fill(1, from, to);
  return (offset) => {
    if (isComment[offset] === 1) return COMMENT;
    const kind = kinds?.[offset] ?? CODE;
    return kind === COMMENT ? STRING : kind;
  };
}

function commentsOf(
  input: CheckInput,
  path: string,
  text: string,
): readonly (readonly [number, number])[] | null {
  const parsers = parsersOf(input);
  if (SCRIPT.test(path)) {
    const parsed = parsers.script(path, text);
    if (parsed.file === null) return null;
    return parsed.comments.map(({ start, end }) => [start, end] as const);
  }
  const tree = PYTHON.test(path) ? parsers.python(text) : null;
  if (tree === null) return null;
  const found: [number, number][] = [];
  tree.iterate({
    enter: ({ name, from, to }) => {
      if (name === "Comment") found.push([from, to]);
    },
  });
  return found;
}
