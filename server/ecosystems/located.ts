import {
  type Node as JsonNode,
  parseTree,
  type ParseError,
  printParseErrorCode,
} from "jsonc-parser";
import { type AST, parseTOML } from "toml-eslint-parser";
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";

import { indexLines } from "../core/line-index.ts";

/**
 * Data of a TOML, YAML or JSON file with the line of every value: one shape for all three, so that a
 * reader need not know which syntax its file has.
 */
export interface Located {
  /** Counted from 1. For a table's entry, the line of its key. */
  readonly line: number;
  /** A string, number, boolean or null; undefined for tables and lists. */
  readonly value?: unknown;
  readonly entries?: ReadonlyMap<string, Located>;
  readonly items?: readonly Located[];
}

/** A mistake in a file, thrown by the readers of this folder and turned into a record by `readSafely`. */
export class SyntaxMistake extends Error {
  readonly line: number;

  constructor(message: string, line: number) {
    super(message);
    this.name = "SyntaxMistake";
    this.line = line;
  }
}

/** Deepest nesting that is followed; no manifest needs more, and a deeper one is an attack. */
const DEEPEST = 64;
/** Most values of one file; YAML aliases count each time they are used. */
const MOST_VALUES = 2_000_000;
const MOST_ANCHORS = 5000;

const NOTHING: Located = { line: 1 };

/** The value under a path of keys, or an empty one. */
export function at(node: Located | undefined, ...keys: readonly string[]): Located {
  let here = node;
  for (const key of keys) here = here?.entries?.get(key);
  return here ?? NOTHING;
}

/** The entries of a table in the file's order; none for anything else. */
export function entriesOf(node: Located | undefined): readonly (readonly [string, Located])[] {
  return node?.entries ? [...node.entries] : [];
}

/** The items of a list; none for anything else. */
export function itemsOf(node: Located | undefined): readonly Located[] {
  return node?.items ?? [];
}

/** The value where it is a string. */
export function stringOf(node: Located | undefined): string | undefined {
  return typeof node?.value === "string" ? node.value : undefined;
}

/** Parses TOML 1.0. Throws SyntaxMistake. */
export function parseTomlLocated(text: string): Located {
  let program: AST.TOMLProgram;
  try {
    program = parseTOML(text);
  } catch (error) {
    throw mistakeOf(error, (error as { lineNumber?: number }).lineNumber);
  }
  const root: Table = { line: 1, entries: new Map() };
  const count = budget();
  for (const node of program.body[0].body) {
    if (node.type === "TOMLKeyValue") {
      assign(root, node.key, tomlValue(node.value, count, 1));
      continue;
    }
    const table = descend(root, node.resolvedKey, node.loc.start.line);
    for (const pair of node.body) assign(table, pair.key, tomlValue(pair.value, count, 1));
  }
  return root;
}

interface Table {
  line: number;
  value?: unknown;
  entries?: Map<string, Located>;
  items?: Located[];
}

/** Walks to the table of a header, making what is missing; a number is an index of an array of tables. */
function descend(root: Table, path: readonly (string | number)[], line: number): Table {
  let here = root;
  for (const step of path) {
    if (typeof step === "number") {
      here.items ??= [];
      delete here.entries;
      here.items[step] ??= { line };
      here = here.items[step] as Table;
    } else {
      here.entries ??= new Map();
      const next: Table = (here.entries.get(step) as Table | undefined) ?? { line };
      here.entries.set(step, next);
      here = next;
    }
  }
  return here;
}

function assign(table: Table, key: AST.TOMLKey, value: Located): void {
  const names = key.keys.map((part) => (part.type === "TOMLBare" ? part.name : part.value));
  const last = names.pop();
  if (last === undefined) return;
  const line = key.loc.start.line;
  const parent = descend(table, names, line);
  parent.entries ??= new Map();
  parent.entries.set(last, { ...value, line });
}

function tomlValue(node: AST.TOMLContentNode, count: () => void, depth: number): Located {
  count();
  const line = node.loc.start.line;
  if (depth > DEEPEST) throw new SyntaxMistake("The file is nested too deeply.", line);
  switch (node.type) {
    case "TOMLArray":
      return { line, items: node.elements.map((item) => tomlValue(item, count, depth + 1)) };
    case "TOMLInlineTable": {
      const table: Table = { line, entries: new Map() };
      for (const pair of node.body) {
        assign(table, pair.key, tomlValue(pair.value, count, depth + 1));
      }
      return table;
    }
    case "TOMLValue":
      return { line, value: node.value };
  }
}

/** Parses YAML 1.2 (the first document). Throws SyntaxMistake. */
export function parseYamlLocated(text: string): Located {
  // The parser takes time that grows with the square of the anchors of one node.
  if ((text.match(/&[^\s&]/g)?.length ?? 0) > MOST_ANCHORS) {
    throw new SyntaxMistake("The file has too many anchors.", 1);
  }
  const lines = new LineCounter();
  // Pretty errors cost time that grows with the square of a broken file.
  const options = { lineCounter: lines, uniqueKeys: true, prettyErrors: false } as const;
  const document = parseDocument(text, { ...options, logLevel: "silent" });
  const [error] = document.errors;
  if (error) throw new SyntaxMistake(error.message, lines.linePos(error.pos[0]).line);
  const count = budget();
  const convert = (node: unknown, depth: number): Located => {
    count();
    const offset = (node as { range?: readonly number[] } | null)?.range?.[0] ?? 0;
    const line = lines.linePos(offset).line;
    if (depth > DEEPEST) throw new SyntaxMistake("The file is nested too deeply.", line);
    if (isAlias(node)) return { ...convert(node.resolve(document), depth + 1), line };
    if (isSeq(node)) return { line, items: node.items.map((item) => convert(item, depth + 1)) };
    if (isMap(node)) {
      const entries = new Map<string, Located>();
      for (const { key, value } of node.items) {
        const name = isScalar(key) ? String(key.value) : null;
        if (name === null) continue;
        const start = (key as { range?: readonly number[] }).range?.[0] ?? 0;
        entries.set(name, { ...convert(value, depth + 1), line: lines.linePos(start).line });
      }
      return { line, entries };
    }
    return { line, value: isScalar(node) ? node.value : null };
  };
  return convert(document.contents, 0);
}

/** Parses JSON; comments and trailing commas are allowed only where `lenient`. Throws SyntaxMistake. */
export function parseJsonLocated(text: string, { lenient = false } = {}): Located {
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { allowTrailingComma: lenient, disallowComments: !lenient });
  const lineAt = indexLines(text).lineAt;
  const [error] = errors;
  if (error || !tree) {
    const message = error ? printParseErrorCode(error.error) : "the file is empty";
    throw new SyntaxMistake(`Not valid JSON: ${message}.`, lineAt(error?.offset ?? 0));
  }
  const count = budget();
  const convert = (node: JsonNode, depth: number): Located => {
    count();
    const line = lineAt(node.offset);
    if (depth > DEEPEST) throw new SyntaxMistake("The file is nested too deeply.", line);
    if (node.type === "array") {
      return { line, items: (node.children ?? []).map((item) => convert(item, depth + 1)) };
    }
    if (node.type !== "object") return { line, value: node.value };
    const entries = new Map<string, Located>();
    for (const { children = [] } of node.children ?? []) {
      const [key, value] = children;
      if (!key || !value) continue;
      entries.set(String(key.value), { ...convert(value, depth + 1), line: lineAt(key.offset) });
    }
    return { line, entries };
  };
  return convert(tree, 0);
}

function budget(): () => void {
  let used = 0;
  return () => {
    used += 1;
    if (used > MOST_VALUES) throw new SyntaxMistake("The file has too many values.", 1);
  };
}

function mistakeOf(error: unknown, line: number | undefined): SyntaxMistake {
  return new SyntaxMistake(error instanceof Error ? error.message : String(error), line ?? 1);
}
