/** A path inside the repository: relative to its root, `/` as separator, never leaving the root. */
export type RepoPath = string;

/** A place in a file. Lines and columns count from 1; columns count UTF-16 units; ends are inclusive lines and exclusive columns. */
export interface Location {
  readonly path: RepoPath;
  readonly startLine: number;
  readonly endLine: number;
  /** Left out where the whole line is meant. */
  readonly startColumn?: number;
  readonly endColumn?: number;
}

/** An inclusive range of lines, counted from 1. */
export interface LineRange {
  readonly start: number;
  readonly end: number;
}

/** The whole of one line. */
export function lineLocation(path: RepoPath, line: number): Location {
  return { path, startLine: line, endLine: line };
}

/** Whether a line lies in one of the ranges. */
export function inRanges(ranges: readonly LineRange[], line: number): boolean {
  return ranges.some((range) => range.start <= line && line <= range.end);
}
