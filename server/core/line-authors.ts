import type { AttributedLines, Attribution } from "./attribution.ts";
import { diffLines, splitLines } from "./diff.ts";
import type { Digest } from "./digest.ts";
import { carryLabels } from "./line-carry.ts";
import { FROM_BASE, type LabelBook, NOT_KNOWN, openLabelBook, readLabel } from "./line-labels.ts";
import type { LabelledText } from "./line-memory.ts";
import type { LineRange } from "./location.ts";

/** A journal entry about one file with the contents that it names; null where there was no file. */
export interface EditStep {
  readonly address: Digest;
  readonly attribution: Attribution;
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

/** Late events make versions be looked up backwards; a hostile journal must not do so without end. */
const DEEPEST = 400;
/** How many entries late a report may be, and how many versions a text of unknown origin is compared with. */
const LATE = 8;
interface Trace extends LabelBook {
  readonly history: FileHistory;
  readonly versions: Map<string, LabelledText>;
  readonly stepsTo: ReadonlyMap<string, readonly number[]>;
  readonly pending: Set<string>;
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
    ...openLabelBook(),
    versions: new Map([[base, { lines, labels: new Int32Array(lines.length).fill(FROM_BASE) }]]),
    stepsTo: indexSteps(steps),
    pending: new Set(),
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

function groupLines(trace: Trace, labels: Int32Array): readonly AttributedLines[] {
  const groups: AttributedLines[] = [];
  for (const { start, end } of trace.history.added) {
    for (let first = start; first <= end;) {
      const label = visibleLabel(labels[first - 1]);
      let last = first;
      while (last < end && visibleLabel(labels[last]) === label) last += 1;
      const { attribution, evidence } = readLabel(trace, label);
      groups.push({ range: { start: first, end: last }, attribution, evidence });
      first = last + 1;
    }
  }
  return groups;
}

function visibleLabel(label = NOT_KNOWN): number {
  return label === FROM_BASE ? NOT_KNOWN : label;
}
