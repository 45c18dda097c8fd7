/** Where lines of one text are in another one, as far as what both begin and end with tells. */
export interface LineMap {
  /** The line (from 0) in the newer text; for a line that was edited, the nearest that is left. */
  toNew(line: number): number;
  /** The line (from 0) in the older text; null for one that the older text does not have. */
  toOld(line: number): number | null;
}

/** Compares two texts line by line from both ends: linear, and exact for one edited place. */
export function mapLines(older: string, newer: string): LineMap {
  const before = older.split("\n");
  const after = newer.split("\n");
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  const shift = after.length - before.length;
  return {
    toNew(line) {
      if (line < head) return line;
      if (line >= before.length - tail) return line + shift;
      return Math.max(0, Math.min(line, after.length - tail - 1));
    },
    toOld(line) {
      if (line < head) return line;
      return line >= after.length - tail ? line - shift : null;
    },
  };
}
