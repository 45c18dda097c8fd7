import { type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";

import { indexLines, type LineIndex } from "../../core/line-index.ts";
import { printable } from "../../core/printable.ts";
import type { Mistake } from "../ecosystem.ts";

/** Bounds of a JSON file. The parser recurses, so nesting is counted before it starts. */
export interface JsonLimits {
  readonly length: number;
  readonly depth: number;
}

/** A JSON file as a tree with offsets, or why there is none. */
export interface JsonTree {
  readonly root: Node | null;
  readonly lines: LineIndex;
  readonly mistakes: readonly Mistake[];
}

/** Reads strict JSON with places, as far as it can be read. Never throws. */
export function readJson(original: string, limits: JsonLimits): JsonTree {
  // A byte order mark is tolerated by npm; a blank in its place keeps every offset.
  const text = original.startsWith("\uFEFF") ? ` ${original.slice(1)}` : original;
  const lines = indexLines(text);
  const refuse = (message: string) => ({ root: null, lines, mistakes: [{ message, line: 1 }] });
  if (text.length > limits.length) return refuse("The file is too large to be read.");
  if (depthOf(text) > limits.depth) return refuse("The file is nested too deeply to be read.");
  const errors: ParseError[] = [];
  const root =
    parseTree(text, errors, { disallowComments: true, allowTrailingComma: false }) ?? null;
  // What follows a mistake on its line is mostly its echo.
  const byLine = Map.groupBy(errors, ({ offset }) => lines.lineAt(offset));
  const mistakes = [...byLine].slice(0, 5).flatMap(([line, [first]]) =>
    first === undefined
      ? []
      : [
          {
            message: `This is not valid JSON: ${wordsOf(printParseErrorCode(first.error))}.`,
            line,
          },
        ],
  );
  return { root, lines, mistakes };
}

/** Keys and values of an object node; nothing for any other node. */
export function entriesOf(
  node: Node | undefined,
): readonly { readonly key: Node; readonly value: Node }[] {
  if (node?.type !== "object") return [];
  return (node.children ?? []).flatMap(({ children }) => {
    const [key, value] = children ?? [];
    return key && value ? [{ key, value }] : [];
  });
}

/** The value of a key. A key that is given twice counts as JSON.parse counts it: the last one holds. */
export function valueOf(node: Node | undefined, name: string): Node | undefined {
  return entriesOf(node).findLast(({ key }) => key.value === name)?.value;
}

/** The string that a node is; undefined for any other node. */
export function textOf(node: Node | undefined): string | undefined {
  return node?.type === "string" ? (node.value as string) : undefined;
}

/** Keys that an object gives more than once: readers disagree about which one counts. */
export function repeatedKeys(node: Node | undefined, lines: LineIndex): readonly Mistake[] {
  const seen = new Set<unknown>();
  const mistakes: Mistake[] = [];
  for (const { key } of entriesOf(node)) {
    if (seen.has(key.value)) {
      const message = `"${printable(String(key.value))}" is given twice, and tools disagree about which one counts.`;
      mistakes.push({ message, line: lines.lineAt(key.offset) });
    }
    seen.add(key.value);
  }
  return mistakes;
}

/** How deep brackets outside strings are nested. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0x22) at = stringEnd(text, at);
    else if (unit === 0x5b || unit === 0x7b) deepest = Math.max(deepest, ++depth);
    else if (unit === 0x5d || unit === 0x7d) depth--;
  }
  return deepest;
}

/** Offset of the quote that ends a string, or of the line's end where it is not closed. */
function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0x5c) at++;
    else if (unit === 0x22 || unit === 0x0a) return at;
  }
  return text.length;
}

function wordsOf(code: string): string {
  return code.replaceAll(/(?<=[a-z])(?=[A-Z])/gu, " ").toLowerCase();
}
