import { type Attribution, UNKNOWN } from "./attribution.ts";
import type { Digest } from "./digest.ts";
import type { LineMemory } from "./line-memory.ts";

/** Who wrote a line, and the journal entries that say so. */
export interface Label {
  readonly attribution: Attribution;
  readonly evidence: readonly Digest[];
}

/** Labels by number. The first two are fixed. */
export const FROM_BASE = 0;
export const NOT_KNOWN = 1;

/** The labels of one file's lines, by number, and the lines that were seen with them. */
export interface LabelBook {
  readonly labels: Label[];
  readonly numbers: Map<string, number>;
  readonly memory: LineMemory;
}

/** A book without labels but the two fixed ones. */
export function openLabelBook(): LabelBook {
  const unknown = { attribution: UNKNOWN, evidence: [] };
  return { labels: [unknown, unknown], numbers: new Map(), memory: new Map() };
}

/** The label of a number; unknown where there is none. */
export function readLabel(book: LabelBook, label: number): Label {
  return book.labels[label] ?? { attribution: UNKNOWN, evidence: [] };
}

/** What becomes of a label when its line is moved or respaced by someone. */
export function keptLabel(book: LabelBook, label: number, author: number): number {
  const by = label === FROM_BASE ? author : label;
  const { attribution, evidence } = readLabel(book, by);
  if (attribution.kind === "unknown") return NOT_KNOWN;
  return addLabel(book, { attribution: { ...attribution, confidence: "likely" }, evidence });
}

/** The number of a label, new or known. */
export function addLabel(book: LabelBook, label: Label): number {
  const key = JSON.stringify(label);
  const known = book.numbers.get(key) ?? book.labels.length;
  if (known === book.labels.length) {
    book.labels.push(label);
    book.numbers.set(key, known);
  }
  return known;
}

/** Whether a label names an assistant. */
export function isAssistants(book: LabelBook, label: number): boolean {
  return book.labels[label]?.attribution.kind === "ai";
}
