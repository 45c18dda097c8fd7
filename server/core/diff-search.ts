/** Half-open ranges of line indices, counted from 0. */
export interface Stretch {
  readonly oldStart: number;
  readonly oldEnd: number;
  readonly newStart: number;
  readonly newEnd: number;
}

/** Largest number of differing lines that the search follows in one stretch. */
const SEARCH_DEPTH = 1_000;

/**
 * Myers' greedy search (An O(ND) Difference Algorithm, 1986). Keeps one frontier for each depth,
 * walks them back, and notes in `matches` which old line each new one is. Gives up, and notes
 * nothing, where too many lines differ.
 */
export function searchExactly(
  old: Int32Array,
  fresh: Int32Array,
  stretch: Stretch,
  matches: Int32Array,
): void {
  const oldCount = stretch.oldEnd - stretch.oldStart;
  const newCount = stretch.newEnd - stretch.newStart;
  const deepest = Math.min(oldCount + newCount, SEARCH_DEPTH);
  const frontier = new Int32Array(2 * deepest + 3);
  const middle = deepest + 1;
  const history: Int32Array[] = [];
  for (let depth = 0; depth <= deepest; depth += 1) {
    history.push(frontier.slice(middle - depth - 1, middle + depth + 2));
    for (let diagonal = -depth; diagonal <= depth; diagonal += 2) {
      let x = stepInto(frontier, middle, diagonal, depth);
      let y = x - diagonal;
      while (
        x < oldCount &&
        y < newCount &&
        old[stretch.oldStart + x] === fresh[stretch.newStart + y]
      ) {
        x += 1;
        y += 1;
      }
      frontier[middle + diagonal] = x;
      if (x >= oldCount && y >= newCount) {
        walkBack(history, stretch, matches);
        return;
      }
    }
  }
}

/** Where a path of this depth enters a diagonal, in old lines: down from above, or right from the left. */
function stepInto(frontier: Int32Array, middle: number, diagonal: number, depth: number): number {
  if (depth === 0) return 0;
  return entersDown(frontier, middle, diagonal, depth)
    ? (frontier[middle + diagonal + 1] ?? 0)
    : (frontier[middle + diagonal - 1] ?? 0) + 1;
}

function entersDown(
  frontier: Int32Array,
  middle: number,
  diagonal: number,
  depth: number,
): boolean {
  if (diagonal === -depth) return true;
  if (diagonal === depth) return false;
  return (frontier[middle + diagonal - 1] ?? 0) < (frontier[middle + diagonal + 1] ?? 0);
}

function walkBack(history: readonly Int32Array[], stretch: Stretch, matches: Int32Array): void {
  let x = stretch.oldEnd - stretch.oldStart;
  let y = stretch.newEnd - stretch.newStart;
  for (let depth = history.length - 1; depth >= 0; depth -= 1) {
    const frontier = history[depth] ?? new Int32Array(3);
    const entry = stepInto(frontier, depth + 1, x - y, depth);
    while (x > entry) {
      x -= 1;
      y -= 1;
      matches[stretch.newStart + y] = stretch.oldStart + x;
    }
    if (depth === 0) return;
    if (entersDown(frontier, depth + 1, x - y, depth)) y -= 1;
    else x -= 1;
  }
}
