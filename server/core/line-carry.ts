import type { Attribution } from "./attribution.ts";
import { diffLines, type Hunk, mapLines } from "./diff.ts";
import type { Digest } from "./digest.ts";
import {
  addLabel,
  FROM_BASE,
  isAssistants,
  keptLabel,
  type LabelBook,
  NOT_KNOWN,
  readLabel,
} from "./line-labels.ts";
import { type LabelledText, recall, remember, weightOf } from "./line-memory.ts";

/** So many letters and digits keep a line an assistant's where another respaced it, or moved it. */
const RESPACED = 8;
const MOVED = 12;

/** Who made a version of another, and the journal entry that says so. */
export interface LineAuthor {
  readonly attribution: Attribution;
  readonly address: Digest;
}

/** The labels of the lines that a step, or an unknown hand, made out of a known version. */
export function carryLabels(
  book: LabelBook,
  from: LabelledText,
  lines: readonly string[],
  step: LineAuthor | null,
): LabelledText {
  const hunks = diffLines(from.lines, lines);
  const labels = mapLines(hunks, lines.length).map((old) =>
    old < 0 ? old : (from.labels[old] ?? NOT_KNOWN),
  );
  const made = { lines, labels };
  const author =
    step === null || step.attribution.kind === "unknown"
      ? NOT_KNOWN
      : addLabel(book, { attribution: step.attribution, evidence: [step.address] });
  const gone = removedLines(from, hunks);
  for (const hunk of hunks) {
    keepRespaced(book, from, made, hunk, author);
    keepMoved(book, made, hunk, gone, author);
    recallLines(book, from, made, hunk, step);
    for (let line = hunk.newStart - 1; line < hunk.newStart - 1 + hunk.newCount; line += 1) {
      if ((labels[line] ?? 0) < 0) labels[line] = author;
      if (labels[line] !== FROM_BASE) remember(book.memory, made, line);
    }
  }
  return made;
}

/** Lines that only changed their spaces, alone or broken up differently, keep their author. */
function keepRespaced(
  book: LabelBook,
  from: LabelledText,
  made: LabelledText,
  hunk: Hunk,
  author: number,
): void {
  const old = rangeOf(hunk.oldStart, hunk.oldCount);
  const fresh = rangeOf(hunk.newStart, hunk.newCount);
  const bareOld = old.map((line) => withoutSpaces(from.lines[line] ?? ""));
  const bareFresh = fresh.map((line) => withoutSpaces(made.lines[line] ?? ""));
  const whole = new Set(old.map((line) => from.labels[line] ?? NOT_KNOWN));
  const isRebroken = whole.size === 1 && bareOld.join("") === bareFresh.join("");
  const map = mapLines(diffLines(bareOld, bareFresh), fresh.length);
  for (const [index, line] of fresh.entries()) {
    const place = map[index] ?? -1;
    const label = isRebroken ? [...whole][0] : from.labels[old[place] ?? -1];
    if (label === undefined || bareFresh[index] === "") continue;
    if (!isRebroken && isAnyones(book, bareFresh[index] ?? "", label, author, RESPACED)) continue;
    made.labels[line] = keptLabel(book, label, author);
  }
}

/** Lines that were taken from elsewhere in the same step keep their author. */
function keepMoved(
  book: LabelBook,
  made: LabelledText,
  hunk: Hunk,
  gone: ReadonlyMap<string, number[]>,
  author: number,
): void {
  for (const line of rangeOf(hunk.newStart, hunk.newCount)) {
    if ((made.labels[line] ?? 0) >= 0) continue;
    const text = withoutSpaces(made.lines[line] ?? "");
    const labels = gone.get(text);
    const mayBeMoved = (label: number): boolean => !isAnyones(book, text, label, author, MOVED);
    const index = labels?.findIndex(mayBeMoved) ?? -1;
    const label = index >= 0 ? labels?.splice(index, 1)[0] : undefined;
    if (label !== undefined) made.labels[line] = keptLabel(book, label, author);
  }
}

/** Whether a line says too little to stay an assistant's when someone else might have typed it. */
function isAnyones(
  book: LabelBook,
  line: string,
  label: number,
  author: number,
  enough: number,
): boolean {
  return isAssistants(book, label) && !isAssistants(book, author) && weightOf(line) < enough;
}

/**
 * Text that comes back is its first author's: what an unknown hand brings back stays an
 * assistant's, what an assistant brings back stays the other's. A person's own account of having
 * typed is believed.
 */
function recallLines(
  book: LabelBook,
  from: LabelledText,
  made: LabelledText,
  hunk: Hunk,
  step: LineAuthor | null,
): void {
  const kind = step?.attribution.kind ?? "unknown";
  if (kind === "human") return;
  const start = hunk.newStart - 1;
  const present = kind === "ai" ? new Set(from.lines) : null;
  for (const block of recall(book.memory, made.lines, start, start + hunk.newCount)) {
    for (const [offset, label] of block.labels.entries()) {
      const line = block.start + offset;
      if ((made.labels[line] ?? 0) >= 0 || label === FROM_BASE) continue;
      const origin = readLabel(book, label).attribution.kind;
      const isOwn =
        kind === "ai"
          ? origin === "ai" || present?.has(made.lines[line] ?? "") === true
          : origin === "unknown";
      if (!isOwn) made.labels[line] = keptLabel(book, label, NOT_KNOWN);
    }
  }
}

/** The labels of lines that a step took out, by their content without spaces. */
function removedLines(from: LabelledText, hunks: readonly Hunk[]): ReadonlyMap<string, number[]> {
  const gone = new Map<string, number[]>();
  for (const hunk of hunks) {
    for (const line of rangeOf(hunk.oldStart, hunk.oldCount)) {
      const text = withoutSpaces(from.lines[line] ?? "");
      const labels = gone.get(text);
      if (labels === undefined) gone.set(text, [from.labels[line] ?? NOT_KNOWN]);
      else labels.push(from.labels[line] ?? NOT_KNOWN);
    }
  }
  return gone;
}

function withoutSpaces(line: string): string {
  return line.replaceAll(/\s+/gu, "");
}

/** Indices from 0 of a stretch that begins at a line counted from 1. */
function rangeOf(start: number, count: number): number[] {
  return Array.from({ length: count }, (_, offset) => start - 1 + offset);
}
