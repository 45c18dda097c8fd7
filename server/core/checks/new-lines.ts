import type { LineRange } from "../location.ts";

/** A line that the change adds, with its offsets in the text; the end is before its line break. */
export interface NewLine {
  readonly line: number;
  readonly start: number;
  readonly end: number;
}

/** The lines of a text that the change adds, in order. */
export function addedLinesOf(text: string, added: readonly LineRange[]): readonly NewLine[] {
  const found: NewLine[] = [];
  let line = 1;
  let start = 0;
  for (const range of added) {
    while (line <= range.end && start <= text.length) {
      const next = text.indexOf("\n", start);
      const end = next === -1 ? text.length : next;
      if (line >= range.start) found.push({ line, start, end });
      line += 1;
      start = end + 1;
    }
  }
  return found;
}
