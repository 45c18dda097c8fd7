import { searchExactly, type Stretch } from "./diff-search.ts";
import type { LineRange } from "./location.ts";

/** A stretch that differs: `oldCount` lines from `oldStart` became `newCount` from `newStart`. Lines count from 1. */
export interface Hunk {
  readonly oldStart: number;
  readonly oldCount: number;
  readonly newStart: number;
  readonly newCount: number;
}

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
  const matches = new Int32Array(after.length).fill(-1);
  const whole = { oldStart: 0, oldEnd: before.length, newStart: 0, newEnd: after.length };
  const middle = trimEqualEnds(before, after, whole, matches);
  // An edit mostly leaves little between the equal ends: only that is numbered and searched.
  const ids = new Map<string, number>();
  const old = internLines(before, middle.oldStart, middle.oldEnd, ids);
  const fresh = internLines(after, middle.newStart, middle.newEnd, ids);
  const pending: Stretch[] = [middle];
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

interface Anchor {
  readonly old: number;
  readonly fresh: number;
}

/** Numbers for the lines of a range, equal for equal lines; outside of the range they mean nothing. */
function internLines(
  lines: readonly string[],
  start: number,
  end: number,
  ids: Map<string, number>,
): Int32Array {
  const numbers = new Int32Array(lines.length);
  for (let at = start; at < end; at += 1) {
    const line = lines[at] ?? "";
    const known = ids.get(line) ?? ids.size;
    if (known === ids.size) ids.set(line, known);
    numbers[at] = known;
  }
  return numbers;
}

function trimEqualEnds(
  old: ArrayLike<unknown>,
  fresh: ArrayLike<unknown>,
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
