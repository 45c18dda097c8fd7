import { diffLines, splitLines } from "./diff.ts";
import { weightOf } from "./line-memory.ts";

/** A line with so many letters and digits that stands in what an assistant said is the assistant's. */
const TELLING = 8;

/**
 * The version between two versions of a file that only has what an assistant said it would write:
 * of the lines that appeared, those that stand in `said` (the text that it gave to its tool, or its
 * command). What appeared beside them at the same time may be anyone's and is left out. A line that
 * says little counts only in company: where the telling lines around it all were said.
 */
export function keepOnlySaid(before: string, after: string, said: string): string {
  const old = splitLines(before);
  const fresh = splitLines(after);
  const result: string[] = [];
  let isSaid = false;
  let at = 0;
  for (const hunk of diffLines(old, fresh)) {
    result.push(...old.slice(at, hunk.oldStart - 1));
    at = hunk.oldStart - 1 + hunk.oldCount;
    const inserted = fresh.slice(hunk.newStart - 1, hunk.newStart - 1 + hunk.newCount);
    const kept = saidLines(inserted, said);
    if (kept.length === 0 && inserted.length > 0) result.push(...old.slice(hunk.oldStart - 1, at));
    result.push(...kept);
    isSaid ||= kept.length > 0;
  }
  if (!isSaid) return before;
  result.push(...old.slice(at));
  return result.map((line) => `${line}\n`).join("");
}

function saidLines(lines: readonly string[], said: string): readonly string[] {
  const stands = (line: string): boolean => said.includes(line.trim());
  const telling = lines.filter((line) => weightOf(line) >= TELLING);
  const isAllSaid = telling.length > 0 && telling.every(stands);
  return lines.filter((line) => stands(line) && (isAllSaid || weightOf(line) >= TELLING));
}
