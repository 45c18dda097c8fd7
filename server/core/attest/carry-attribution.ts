import { type Attribution, type AttributedLines, sameAttribution } from "../attribution.ts";
import { diffLines, mapLines, splitLines } from "../diff.ts";
import type { GitObjectId } from "../edit.ts";
import type { RepoPath } from "../location.ts";
import { type AttributionStatement, statedAuthor } from "./attribution.ts";

/** Most versions of one file that are compared with the new one. */
const MOST_VERSIONS = 50;

/** A file whose authors are looked for in earlier statements. */
export interface CarriedFile {
  readonly path: RepoPath;
  /** Its path before a rename, where it had another. */
  readonly oldPath: RepoPath;
  readonly blob: GitObjectId;
  readonly text: string;
  readonly lines: readonly AttributedLines[];
}

/**
 * Fills lines of unknown author from statements about commits that were rewritten, newest first.
 * A line is followed by content: from the very blob that a statement names, else through the
 * difference between that blob and the new text, which leaves a proven author likely. What is known
 * already stays as it is, and what no statement explains stays unknown.
 */
export function carryAttribution(
  file: CarriedFile,
  statements: readonly AttributionStatement[],
  textOf: (blob: GitObjectId) => string | undefined,
): readonly AttributedLines[] {
  if (file.lines.every(({ attribution }) => attribution.kind !== "unknown")) return file.lines;
  const lookUps = openLookUps(file, statements, textOf);
  const carried: AttributedLines[] = [];
  for (const lines of file.lines) {
    if (lines.attribution.kind !== "unknown") carried.push(lines);
    else {
      for (let line = lines.range.start; line <= lines.range.end; line += 1) {
        addLine(carried, line, firstKnown(lookUps, line));
      }
    }
  }
  return carried;
}

/** The author of a line of the new text, as one earlier version has it. */
type LookUp = (line: number) => Attribution;

function openLookUps(
  file: CarriedFile,
  statements: readonly AttributionStatement[],
  textOf: (blob: GitObjectId) => string | undefined,
): readonly LookUp[] {
  const fresh = splitLines(file.text);
  const exact: LookUp[] = [];
  const followed: LookUp[] = [];
  for (const statement of statements) {
    for (const stated of statement.predicate.files) {
      if (stated.blob === file.blob) {
        exact.push((line) => statedAuthor(statement, stated, line));
      } else if (stated.path === file.path || stated.path === file.oldPath) {
        const old = textOf(stated.blob);
        if (old === undefined || followed.length >= MOST_VERSIONS) continue;
        const map = mapLines(diffLines(splitLines(old), fresh), fresh.length);
        followed.push((line) => {
          const from = map[line - 1] ?? -1;
          return from === -1
            ? { kind: "unknown" }
            : likely(statedAuthor(statement, stated, from + 1));
        });
      }
    }
  }
  return [...exact, ...followed];
}

function firstKnown(lookUps: readonly LookUp[], line: number): Attribution {
  for (const lookUp of lookUps) {
    const found = lookUp(line);
    if (found.kind !== "unknown") return found;
  }
  return { kind: "unknown" };
}

function likely(attribution: Attribution): Attribution {
  return attribution.kind === "unknown" ? attribution : { ...attribution, confidence: "likely" };
}

function addLine(carried: AttributedLines[], line: number, attribution: Attribution): void {
  const last = carried.at(-1);
  if (last?.range.end === line - 1 && sameAttribution(last.attribution, attribution)) {
    carried[carried.length - 1] = { ...last, range: { start: last.range.start, end: line } };
  } else carried.push({ range: { start: line, end: line }, attribution, evidence: [] });
}
