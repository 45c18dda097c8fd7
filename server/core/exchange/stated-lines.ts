import type { AgentSession, Attribution } from "../attribution.ts";
import type { GitObjectId } from "../edit.ts";
import type { LineRange, RepoPath } from "../location.ts";

/** Who wrote which lines of a commit, as formats of other tools have it: only what is known. */
export interface StatedLines {
  readonly commit: GitObjectId;
  readonly files: readonly StatedFile[];
}

export interface StatedFile {
  readonly path: RepoPath;
  readonly authors: readonly { readonly range: LineRange; readonly by: Attribution }[];
}

/** Most ranges that one file of another tool may name. */
export const MOST_RANGES = 100_000;
/** Largest text of another tool that is read, in UTF-16 units. */
export const LONGEST_TEXT = 16 * 1024 * 1024;

/** A session's attribution as another tool tells it: nobody signed it, so it is likely at best. */
export function toldBySession(by: AgentSession): Attribution {
  return { kind: "ai", by, source: "note", confidence: "likely" };
}

/** Ranges in order, none of which overlaps an earlier one; what is not a range is left out. */
export function tidyRanges<T extends { readonly range: LineRange }>(
  all: readonly T[],
): readonly T[] {
  const tidy: T[] = [];
  let end = 0;
  for (const each of all.toSorted((a, b) => a.range.start - b.range.start)) {
    const { range } = each;
    if (range.start <= end || range.end < range.start || !Number.isSafeInteger(range.end)) continue;
    tidy.push(each);
    end = range.end;
  }
  return tidy;
}
