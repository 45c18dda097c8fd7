import type { RepoPath } from "../../core/location.ts";
import type { Review } from "../../core/review.ts";
import type { LineMark } from "../../protocol.ts";
import type { LineMap } from "../line-map.ts";

/** Who wrote the lines that a change adds to a file. Lines that were edited since have no author yet. */
export function lineMarks(
  { change }: Review,
  path: RepoPath,
  map: LineMap | null,
): readonly LineMark[] {
  const file = change.files.find((it) => it.path === path);
  const marks: LineMark[] = [];
  for (const { range, attribution } of file?.lines ?? []) {
    const author = attribution.kind;
    if (map === null) marks.push({ startLine: range.start, endLine: range.end, author });
    else marks.push(...movedMarks(range, author, map));
  }
  return marks;
}

/** One mark for each piece that the buffer still has as it was judged. */
function movedMarks(
  range: { readonly start: number; readonly end: number },
  author: LineMark["author"],
  map: LineMap,
): readonly LineMark[] {
  const marks: LineMark[] = [];
  let start: number | null = null;
  let end = 0;
  const close = () => {
    if (start !== null) marks.push({ startLine: start + 1, endLine: end + 1, author });
    start = null;
  };
  for (let line = range.start - 1; line < range.end; line += 1) {
    const now = map.toNew(line);
    if (map.toOld(now) !== line) close();
    else if (start !== null && now === end + 1) end = now;
    else {
      close();
      start = now;
      end = now;
    }
  }
  close();
  return marks;
}
