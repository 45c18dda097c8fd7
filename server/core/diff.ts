import type { LineRange } from "./location.ts";

/** A stretch that differs: `oldCount` lines from `oldStart` became `newCount` from `newStart`. Lines count from 1. */
export interface Hunk {
  readonly oldStart: number;
  readonly oldCount: number;
  readonly newStart: number;
  readonly newCount: number;
}

/** Largest number of differing lines that the exact search follows in one stretch. */
const SEARCH_DEPTH = 1_000;
/** How often a line may be looked at in the search for anchors, on average. */
const ANCHOR_ROUNDS = 40;

/** Lines of a text. A line end at the very end does not begin another line; `\r` stays with its line. */
export function splitLines(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** How many lines a text has. */
export function countLines(text: string): number {
  let count = text === "" || text.endsWith("\n") ? 0 : 1;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) count += 1;
  return count;
}

/**
 * How one list of lines became the other. Lines that are unique on both sides are anchors
 * (patience diff); what lies between them is searched exactly (Myers, O(ND)). The work is bounded:
 * anchors are looked for a limited number of times, and a stretch without anchors in which more
 * than 1,000 lines differ counts as replaced whole, a true account and only not the shortest.
 */
export function diffLines(before: readonly string[], after: readonly string[]): readonly Hunk[] {
  const ids = new Map<string, number>();
  const old = internLines(before, ids);
  const fresh = internLines(after, ids);
  const matches = new Int32Array(fresh.length).fill(-1);
  const pending: Stretch[] = [
    { oldStart: 0, oldEnd: old.length, newStart: 0, newEnd: fresh.length },
  ];
  let budget = ANCHOR_ROUNDS * (old.length + fresh.length);
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const stretch = trimEqualEnds(old, fresh, next, matches);
    if (stretch.oldStart === stretch.oldEnd || stretch.newStart === stretch.newEnd) continue;
    budget -= stretch.oldEnd - stretch.oldStart + stretch.newEnd - stretch.newStart;
    const anchors = budget > 0 ? findAnchors(old, fresh, stretch) : [];
    if (anchors.length === 0) searchExactly(old, fresh, stretch, matches);
    else splitAtAnchors(stretch, anchors, matches, pending);
  }
  return hunksOf(matches, old.length);
}

/** For each new line, the old line it is: indices from 0, -1 where the line is new. */
export function mapLines(hunks: readonly Hunk[], newCount: number): Int32Array {
  const map = new Int32Array(newCount).fill(-1);
  let line = 0;
  let shift = 0;
  for (const hunk of hunks) {
    const start = hunk.newStart - 1;
    for (; line < start; line += 1) map[line] = line + shift;
    line = start + hunk.newCount;
    shift = hunk.oldStart - 1 + hunk.oldCount - line;
  }
  for (; line < newCount; line += 1) map[line] = line + shift;
  return map;
}

/** Ranges of the new text's lines that the old one does not have. */
export function addedRanges(hunks: readonly Hunk[]): readonly LineRange[] {
  return hunks
    .filter((hunk) => hunk.newCount > 0)
    .map((hunk) => ({ start: hunk.newStart, end: hunk.newStart + hunk.newCount - 1 }));
}

/** How many of the old text's lines are gone. */
export function removedCount(hunks: readonly Hunk[]): number {
  return hunks.reduce((sum, hunk) => sum + hunk.oldCount, 0);
}

/** Half-open ranges of line indices, counted from 0. */
interface Stretch {
  readonly oldStart: number;
  readonly oldEnd: number;
  readonly newStart: number;
  readonly newEnd: number;
}

interface Anchor {
  readonly old: number;
  readonly fresh: number;
}

function internLines(lines: readonly string[], ids: Map<string, number>): Int32Array {
  return Int32Array.from(lines, (line) => {
    const known = ids.get(line);
    if (known !== undefined) return known;
    ids.set(line, ids.size);
    return ids.size - 1;
  });
}

function trimEqualEnds(
  old: Int32Array,
  fresh: Int32Array,
  stretch: Stretch,
  matches: Int32Array,
): Stretch {
  let { oldStart, oldEnd, newStart, newEnd } = stretch;
  while (oldStart < oldEnd && newStart < newEnd && old[oldStart] === fresh[newStart]) {
    matches[newStart++] = oldStart++;
  }
  while (oldStart < oldEnd && newStart < newEnd && old[oldEnd - 1] === fresh[newEnd - 1]) {
    matches[--newEnd] = --oldEnd;
  }
  return { oldStart, oldEnd, newStart, newEnd };
}

/** Lines that are unique on both sides, the longest run of them that keeps its order. */
function findAnchors(old: Int32Array, fresh: Int32Array, stretch: Stretch): readonly Anchor[] {
  const oldPlaces = placesOfUnique(old, stretch.oldStart, stretch.oldEnd);
  const newPlaces = placesOfUnique(fresh, stretch.newStart, stretch.newEnd);
  const candidates: Anchor[] = [];
  for (let at = stretch.newStart; at < stretch.newEnd; at += 1) {
    const id = fresh[at] ?? -1;
    const place = oldPlaces.get(id) ?? -1;
    if (place >= 0 && newPlaces.get(id) === at) candidates.push({ old: place, fresh: at });
  }
  return longestIncreasing(candidates);
}

const REPEATED = -2;

function placesOfUnique(
  lines: Int32Array,
  start: number,
  end: number,
): ReadonlyMap<number, number> {
  const places = new Map<number, number>();
  for (let at = start; at < end; at += 1) {
    const id = lines[at] ?? -1;
    places.set(id, places.has(id) ? REPEATED : at);
  }
  return places;
}

function longestIncreasing(candidates: readonly Anchor[]): readonly Anchor[] {
  const tails: number[] = [];
  const previous = new Int32Array(candidates.length).fill(-1);
  for (const [index, candidate] of candidates.entries()) {
    let low = 0;
    let high = tails.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const tail = candidates[tails[middle] ?? -1];
      if (tail !== undefined && tail.old < candidate.old) low = middle + 1;
      else high = middle;
    }
    previous[index] = low > 0 ? (tails[low - 1] ?? -1) : -1;
    tails[low] = index;
  }
  const run: Anchor[] = [];
  for (let index = tails.at(-1) ?? -1; index !== -1; index = previous[index] ?? -1) {
    const candidate = candidates[index];
    if (candidate !== undefined) run.push(candidate);
  }
  return run.reverse();
}

function splitAtAnchors(
  stretch: Stretch,
  anchors: readonly Anchor[],
  matches: Int32Array,
  pending: Stretch[],
): void {
  let { oldStart, newStart } = stretch;
  for (const anchor of anchors) {
    matches[anchor.fresh] = anchor.old;
    pending.push({ oldStart, oldEnd: anchor.old, newStart, newEnd: anchor.fresh });
    oldStart = anchor.old + 1;
    newStart = anchor.fresh + 1;
  }
  pending.push({ oldStart, oldEnd: stretch.oldEnd, newStart, newEnd: stretch.newEnd });
}

/** Myers' greedy search. Keeps one frontier for each depth, walks them back, and notes the matches. */
function searchExactly(
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

function hunksOf(matches: Int32Array, oldCount: number): readonly Hunk[] {
  const hunks: Hunk[] = [];
  let oldAt = 0;
  let newAt = 0;
  for (let at = 0; at <= matches.length; at += 1) {
    const match = at === matches.length ? oldCount : (matches[at] ?? -1);
    if (match === -1) continue;
    if (match > oldAt || at > newAt) {
      hunks.push({
        oldStart: oldAt + 1,
        oldCount: match - oldAt,
        newStart: newAt + 1,
        newCount: at - newAt,
      });
    }
    oldAt = match + 1;
    newAt = at + 1;
  }
  return hunks;
}
