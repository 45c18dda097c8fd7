import { type Node, type ParseError, getNodeValue, parseTree } from "jsonc-parser";

import { indexLines } from "../line-index.ts";
import type { LineRange } from "../location.ts";
import type { HostExecuted } from "./host-executed-paths.ts";

/** The line at which an edit of such a file takes effect; null where it only touches what executes nothing. */
export function changedLine(
  entry: Pick<HostExecuted, "format" | "lines" | "keys">,
  before: string,
  after: string,
  added: readonly LineRange[],
): number | null {
  const first = added[0]?.start ?? 1;
  if (entry.format === "json") return changedKey(before, after, entry.keys, first);
  if (entry.format === "any") return before === after ? null : first;
  const counts = (line: string) =>
    isEffective(line) && (entry.lines === undefined || entry.lines.test(line));
  const [old, fresh] = [before, after].map((text) => text.split(/\r?\n/u)) as [string[], string[]];
  if (old.filter(counts).join("\n") === fresh.filter(counts).join("\n")) return null;
  const at = fresh.findIndex((line, index) => counts(line) && isAdded(added, index + 1));
  return at === -1 ? first : at + 1;
}

/** Blank lines and `#` comments do nothing, but `#!` names an interpreter and `coding:` an encoding. */
function isEffective(line: string): boolean {
  const text = line.trim();
  return text !== "" && (!text.startsWith("#") || /^#!|coding[:=]/u.test(text));
}

function isAdded(added: readonly LineRange[], line: number): boolean {
  return added.some(({ start, end }) => start <= line && line <= end);
}

/** The line of the first top-level key that has another value than before, of the keys that count. */
function changedKey(
  before: string,
  after: string,
  keys: RegExp | undefined,
  first: number,
): number | null {
  const [old, fresh] = [readObject(before), readObject(after)];
  if (fresh === null || (old === null && before.trim() !== "")) return first;
  const lines = indexLines(after);
  for (const [key, { json, offset }] of fresh) {
    const counts = keys === undefined || keys.test(key);
    if (counts && old?.get(key)?.json !== json) return lines.lineAt(offset);
  }
  const isGone = [...(old ?? [])].some(([key]) => !fresh.has(key) && (keys?.test(key) ?? true));
  return isGone ? first : null;
}

/** Top-level keys with their values as JSON; null for what is no object or does not parse. */
function readObject(
  text: string,
): ReadonlyMap<string, { readonly json: string; readonly offset: number }> | null {
  const errors: ParseError[] = [];
  const root = parseBounded(text, errors);
  if (root?.type !== "object" || errors.length > 0) return null;
  const found = new Map<string, { json: string; offset: number }>();
  for (const { children } of root.children ?? []) {
    const [key, value] = children ?? [];
    if (!key || !value || found.has(String(key.value))) return null;
    found.set(String(key.value), { json: JSON.stringify(getNodeValue(value)), offset: key.offset });
  }
  return found;
}

function parseBounded(text: string, errors: ParseError[]): Node | undefined {
  try {
    return parseTree(text, errors, { allowTrailingComma: true });
  } catch (error) {
    // The parser recurses; a file that is nested without end is taken to have an effect.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
