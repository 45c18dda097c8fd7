import { type AttributedLines, type Attribution, UNKNOWN } from "./attribution.ts";
import { diffLines, type Hunk, mapLines, splitLines } from "./diff.ts";
import type { Digest } from "./digest.ts";
import type { Edit } from "./edit.ts";
import { type LabelledText, type LineMemory, recall, remember, weightOf } from "./line-memory.ts";
import type { LineRange } from "./location.ts";

/** A journal entry about one file with the contents that it names; null where there was no file. */
export interface EditStep {
  readonly address: Digest;
  readonly attribution: Edit["attribution"];
  readonly before: string | null;
  readonly after: string | null;
}

export interface FileHistory {
  /** The text at the merge base, empty where the file did not exist. */
  readonly base: string;
  readonly current: string;
  /** In the journal's order, which need not be the order of events. */
  readonly steps: readonly EditStep[];
  /** Lines of `current` that are asked for, in order. */
  readonly added: readonly LineRange[];
}

interface Label {
  readonly attribution: Attribution;
  readonly evidence: readonly Digest[];
}

/** Labels by number. The first two are fixed. */
const FROM_BASE = 0;
const NOT_KNOWN = 1;
/** Late events make versions be looked up backwards; a hostile journal must not do so without end. */
const DEEPEST = 400;
/** How many entries late a report may be, and how many versions a text of unknown origin is compared with. */
const LATE = 8;
/** So many letters and digits keep a line an assistant's where another respaced it, or moved it. */
const RESPACED = 8;
const MOVED = 12;

interface Trace {
  readonly history: FileHistory;
  readonly labels: Label[];
  readonly numbers: Map<string, number>;
  readonly versions: Map<string, LabelledText>;
  readonly stepsTo: ReadonlyMap<string, readonly number[]>;
  readonly pending: Set<string>;
  readonly memory: LineMemory;
}

/**
 * Who wrote the added lines, each exactly once and in order. Every version of the file is found by
 * its content: a step of the journal that leads to it says what it was made from and by whom, so
 * that late, early and duplicated reports make no difference, and undo leads back to what is
 * known. What no step explains is unknown. Lines keep their author when they are moved, re-pasted
 * or only change their spaces, which makes a proven author likely.
 */
export function attributeLines(history: FileHistory): readonly AttributedLines[] {
  const trace = beginTrace(history);
  for (const index of readyOrder(trace)) {
    const step = trace.history.steps[index];
    resolve(trace, step?.before ?? textBefore(trace, index), index);
    resolve(trace, step?.after ?? "", index);
  }
  const current = resolve(trace, trace.history.current, trace.history.steps.length);
  return groupLines(trace, current.labels);
}

/** The steps, those first whose beginning is known: a report may be a few entries late. */
function* readyOrder(trace: Trace): Generator<number> {
  const waiting = trace.history.steps.map((_, index) => index);
  while (waiting.length > 0) {
    const ready = waiting
      .slice(0, LATE)
      .findIndex((index) => trace.versions.has(trace.history.steps[index]?.before ?? ""));
    yield* waiting.splice(Math.max(0, ready), 1);
  }
}

function beginTrace(history: FileHistory): Trace {
  const plain = (text: string): string => text.replaceAll("\r\n", "\n");
  const steps = history.steps.map((step) => ({
    ...step,
    before: step.before === null ? null : plain(step.before),
    after: step.after === null ? null : plain(step.after),
  }));
  const base = plain(history.base);
  const lines = splitLines(base);
  return {
    history: { ...history, base, current: plain(history.current), steps },
    labels: [
      { attribution: UNKNOWN, evidence: [] },
      { attribution: UNKNOWN, evidence: [] },
    ],
    numbers: new Map(),
    versions: new Map([[base, { lines, labels: new Int32Array(lines.length).fill(FROM_BASE) }]]),
    stepsTo: indexSteps(steps),
    pending: new Set(),
    memory: new Map(),
  };
}

/** Which steps lead to a version, in the journal's order. */
function indexSteps(steps: readonly EditStep[]): ReadonlyMap<string, readonly number[]> {
  const stepsTo = new Map<string, number[]>();
  for (const [index, step] of steps.entries()) {
    if (step.before === step.after) continue;
    const found = stepsTo.get(step.after ?? "");
    if (found === undefined) stepsTo.set(step.after ?? "", [index]);
    else found.push(index);
  }
  return stepsTo;
}

/** The labels of a version. `position` is the step from which it is asked for. */
function resolve(trace: Trace, text: string, position: number): LabelledText {
  const known = trace.versions.get(text);
  if (known !== undefined) return known;
  trace.pending.add(text);
  const index = chooseStep(trace, text, position);
  const step = index === undefined ? null : (trace.history.steps[index] ?? null);
  const lines = splitLines(text);
  const from =
    index === undefined || step === null
      ? nearestVersion(trace, lines)
      : resolve(trace, step.before ?? textBefore(trace, index), index);
  const made = carryLabels(trace, from, lines, step);
  trace.pending.delete(text);
  trace.versions.set(text, made);
  return made;
}

/**
 * The step that made a version: the first that names an author and was reported by then; else one
 * that was reported later, unless someone unknown is known to have made it from another version.
 */
function chooseStep(trace: Trace, text: string, position: number): number | undefined {
  if (trace.pending.size > DEEPEST) return undefined;
  const steps = trace.history.steps;
  const usable = (trace.stepsTo.get(text) ?? []).filter(
    (index) => !trace.pending.has(steps[index]?.before ?? textBefore(trace, index)),
  );
  const isAuthored = (index: number): boolean => steps[index]?.attribution.kind !== "unknown";
  const early = usable.find((index) => index <= position && isAuthored(index));
  if (early !== undefined) return early;
  const seen = usable.find((index) => index <= position);
  const late = usable.find(
    (index) =>
      isAuthored(index) && (seen === undefined || steps[index]?.before === steps[seen]?.before),
  );
  return late ?? seen ?? usable[0];
}

/** What the file was before a step, as far as the steps before it tell. */
function textBefore(trace: Trace, position: number): string {
  for (let index = position - 1; index >= 0; index -= 1) {
    const text = trace.history.steps[index]?.after ?? "";
    if (trace.versions.has(text)) return text;
  }
  return trace.history.base;
}

/** Of the versions found last, the latest that explains most lines of a text of unknown origin. */
function nearestVersion(trace: Trace, lines: readonly string[]): LabelledText {
  const recent = [...trace.versions.values()].slice(-LATE).reverse();
  let nearest = recent[0] ?? { lines: [], labels: new Int32Array() };
  let fewest = Infinity;
  for (const version of recent) {
    const hunks = diffLines(version.lines, lines);
    const unexplained = hunks.reduce((sum, hunk) => sum + hunk.newCount, 0);
    if (unexplained >= fewest) continue;
    fewest = unexplained;
    nearest = version;
    if (fewest === 0) break;
  }
  return nearest;
}

/** The labels of the lines that a step, or an unknown hand, made out of a known version. */
function carryLabels(
  trace: Trace,
  from: LabelledText,
  lines: readonly string[],
  step: EditStep | null,
): LabelledText {
  const hunks = diffLines(from.lines, lines);
  const labels = mapLines(hunks, lines.length).map((old) =>
    old < 0 ? old : (from.labels[old] ?? NOT_KNOWN),
  );
  const made = { lines, labels };
  const author =
    step === null || step.attribution.kind === "unknown" ? NOT_KNOWN : labelOf(trace, step);
  const gone = removedLines(from, hunks);
  for (const hunk of hunks) {
    keepRespaced(trace, from, made, hunk, author);
    keepMoved(trace, made, hunk, gone, author);
    recallLines(trace, from, made, hunk, step);
    for (let line = hunk.newStart - 1; line < hunk.newStart - 1 + hunk.newCount; line += 1) {
      if ((labels[line] ?? 0) < 0) labels[line] = author;
      if (labels[line] !== FROM_BASE) remember(trace.memory, made, line);
    }
  }
  return made;
}

/** Lines that only changed their spaces, alone or broken up differently, keep their author. */
function keepRespaced(
  trace: Trace,
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
    if (!isRebroken && isAnyones(trace, bareFresh[index] ?? "", label, author, RESPACED)) continue;
    made.labels[line] = keptLabel(trace, label, author);
  }
}

/** Lines that were taken from elsewhere in the same step keep their author. */
function keepMoved(
  trace: Trace,
  made: LabelledText,
  hunk: Hunk,
  gone: ReadonlyMap<string, number[]>,
  author: number,
): void {
  for (const line of rangeOf(hunk.newStart, hunk.newCount)) {
    if ((made.labels[line] ?? 0) >= 0) continue;
    const text = withoutSpaces(made.lines[line] ?? "");
    const labels = gone.get(text);
    const mayBeMoved = (label: number): boolean => !isAnyones(trace, text, label, author, MOVED);
    const index = labels?.findIndex(mayBeMoved) ?? -1;
    const label = index >= 0 ? labels?.splice(index, 1)[0] : undefined;
    if (label !== undefined) made.labels[line] = keptLabel(trace, label, author);
  }
}

/** Whether a line says too little to stay an assistant's when someone else might have typed it. */
function isAnyones(
  trace: Trace,
  line: string,
  label: number,
  author: number,
  enough: number,
): boolean {
  return isAssistants(trace, label) && !isAssistants(trace, author) && weightOf(line) < enough;
}

function isAssistants(trace: Trace, label: number): boolean {
  return trace.labels[label]?.attribution.kind === "ai";
}

/**
 * Text that comes back is its first author's: what an unknown hand brings back stays an
 * assistant's, what an assistant brings back stays the other's. A person's own account of having
 * typed is believed.
 */
function recallLines(
  trace: Trace,
  from: LabelledText,
  made: LabelledText,
  hunk: Hunk,
  step: EditStep | null,
): void {
  const kind = step?.attribution.kind ?? "unknown";
  if (kind === "human") return;
  const start = hunk.newStart - 1;
  const present = kind === "ai" ? new Set(from.lines) : null;
  for (const block of recall(trace.memory, made.lines, start, start + hunk.newCount)) {
    for (const [offset, label] of block.labels.entries()) {
      const line = block.start + offset;
      if ((made.labels[line] ?? 0) >= 0 || label === FROM_BASE) continue;
      const origin = trace.labels[label]?.attribution.kind ?? "unknown";
      const isOwn =
        kind === "ai"
          ? origin === "ai" || present?.has(made.lines[line] ?? "") === true
          : origin === "unknown";
      if (!isOwn) made.labels[line] = keptLabel(trace, label, NOT_KNOWN);
    }
  }
}

/** What becomes of a label when its line is moved or respaced by someone. */
function keptLabel(trace: Trace, label: number, author: number): number {
  const by = label === FROM_BASE ? author : label;
  const { attribution, evidence } = trace.labels[by] ?? { attribution: UNKNOWN, evidence: [] };
  if (attribution.kind === "unknown") return NOT_KNOWN;
  return addLabel(trace, { attribution: { ...attribution, confidence: "likely" }, evidence });
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

function labelOf(trace: Trace, step: EditStep): number {
  return addLabel(trace, { attribution: step.attribution, evidence: [step.address] });
}

function addLabel(trace: Trace, label: Label): number {
  const key = JSON.stringify(label);
  const known = trace.numbers.get(key) ?? trace.labels.length;
  if (known === trace.labels.length) {
    trace.labels.push(label);
    trace.numbers.set(key, known);
  }
  return known;
}

function groupLines(trace: Trace, labels: Int32Array): readonly AttributedLines[] {
  const groups: AttributedLines[] = [];
  for (const { start, end } of trace.history.added) {
    for (let first = start; first <= end;) {
      const label = visibleLabel(labels[first - 1]);
      let last = first;
      while (last < end && visibleLabel(labels[last]) === label) last += 1;
      const { attribution, evidence } = trace.labels[label] ?? {
        attribution: UNKNOWN,
        evidence: [],
      };
      groups.push({ range: { start: first, end: last }, attribution, evidence });
      first = last + 1;
    }
  }
  return groups;
}

function visibleLabel(label = NOT_KNOWN): number {
  return label === FROM_BASE ? NOT_KNOWN : label;
}

/** Indices from 0 of a stretch that begins at a line counted from 1. */
function rangeOf(start: number, count: number): number[] {
  return Array.from({ length: count }, (_, offset) => start - 1 + offset);
}
