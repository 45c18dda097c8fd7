/** A version of a file with the number of each line's label. */
export interface LabelledText {
  readonly lines: readonly string[];
  readonly labels: Int32Array;
}

/** Where a line was first seen. */
interface Place {
  readonly text: LabelledText;
  readonly index: number;
}

/** Lines by their content, so that text which comes back is known again. The first author of a line stays it. */
export type LineMemory = Map<string, Place>;

/** So many letters and digits make a line worth remembering. */
const WORTH_REMEMBERING = 12;
/** So many make a line, or a block of lines, more than what two people would write alike. */
const DISTINCTIVE_LINE = 24;
const DISTINCTIVE_BLOCK = 36;

/** Letters and digits of a line: how much it says. */
export function weightOf(line: string): number {
  return line.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
}

/** Remembers a line of a text, unless the same content is known already. */
export function remember(memory: LineMemory, text: LabelledText, index: number): void {
  const line = text.lines[index] ?? "";
  if (!memory.has(line) && weightOf(line) >= WORTH_REMEMBERING) memory.set(line, { text, index });
}

/** A stretch of lines known from before: `count` lines from `start`, with the labels they had. */
export interface Recalled {
  readonly start: number;
  readonly labels: Int32Array;
}

/**
 * Stretches between `start` and `end` that were in the file before: a known line with the lines
 * around it that stood around it then. One line has to say much, a block somewhat less, so that
 * nobody's own `}` or `return null;` is taken for another's.
 */
export function recall(
  memory: LineMemory,
  lines: readonly string[],
  start: number,
  end: number,
): readonly Recalled[] {
  const found: Recalled[] = [];
  for (let at = start; at < end;) {
    const place = memory.get(lines[at] ?? "");
    if (place === undefined) {
      at += 1;
      continue;
    }
    const from = matchBackward(place, lines, at, found.at(-1) ?? null, start);
    const to = matchForward(place, lines, at, end);
    let weight = 0;
    for (let line = from; line < to; line += 1) weight += weightOf(lines[line] ?? "");
    if (weight >= (to - from > 1 ? DISTINCTIVE_BLOCK : DISTINCTIVE_LINE)) {
      const first = place.index - (at - from);
      found.push({ start: from, labels: place.text.labels.slice(first, first + to - from) });
    }
    at = to;
  }
  return found;
}

function matchForward(place: Place, lines: readonly string[], at: number, end: number): number {
  let to = at + 1;
  while (to < end && lines[to] === place.text.lines[place.index + to - at]) to += 1;
  return to;
}

function matchBackward(
  place: Place,
  lines: readonly string[],
  at: number,
  last: Recalled | null,
  start: number,
): number {
  const lowest = Math.max(start, last === null ? 0 : last.start + last.labels.length);
  let from = at;
  while (from > lowest && lines[from - 1] === place.text.lines[place.index - (at - from) - 1]) {
    from -= 1;
  }
  return from;
}
