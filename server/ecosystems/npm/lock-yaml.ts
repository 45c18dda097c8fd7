import { type Located, parseYamlLocated } from "../located.ts";

interface Table {
  line: number;
  value?: unknown;
  entries?: Map<string, Located>;
  items?: Located[];
  listIndent?: number;
}

interface Level {
  readonly indent: number;
  readonly table: Table;
}

const KEY =
  /^( *)(?:'((?:[^']|'')*)'|"([^"\\]*)"|([^\s'"#&*!|>%@`{}[\],?:-][^#]*?)):(?: +(.*?))? *$/u;
/** What a plain scalar cannot begin with, or what ends it before the line does. */
const SPECIAL = /^[&*!|>%@`{}[\],?#]|^-(?: |$)|: |:$| #/u;
const WORD = /^(?:true|false|null|~|[-+]?\.?\d[\d_.]*(?:e[-+]?\d+)?|0[xo].*|\.(?:inf|nan))$/iu;

/**
 * Parses the YAML that package managers write into lock files: tables by indentation, scalars, and
 * tables in braces on one line. A lock file of five thousand packages takes the general parser
 * seconds. Anything else in the file, whatever it is, has the general parser read all of it.
 */
export function parseLockYaml(text: string): Located {
  return readPlainly(text) ?? parseYamlLocated(text);
}

function readPlainly(text: string): Located | null {
  const root: Table = { line: 1 };
  const levels: Level[] = [{ indent: 0, table: root }];
  let open: { readonly indent: number; readonly table: Table; readonly isScalar: boolean } | null =
    null;
  let at = 0;
  for (const raw of text.split("\n")) {
    at += 1;
    const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
    if (/^ *(?:#.*)?$/u.test(line)) continue;
    const item = /^( *)- (.*?) *$/u.exec(line);
    if (item !== null) {
      if (!addItem(open, item, at)) return null;
      continue;
    }
    const parts = KEY.exec(line);
    if (parts === null) return null;
    // A list and keys at one place are one table in no YAML.
    if (open?.table.items !== undefined && (parts[1] ?? "").length > open.indent) return null;
    const indent = (parts[1] ?? "").length;
    if (open !== null && indent > open.indent) {
      // Deeper than a scalar is a scalar that goes on.
      if (open.isScalar) return null;
      levels.push({ indent, table: open.table });
    }
    while ((levels.at(-1)?.indent ?? 0) > indent) levels.pop();
    const level = levels.at(-1);
    if (level === undefined || level.indent !== indent) return null;
    const key = parts[2]?.replaceAll("''", "'") ?? parts[3] ?? parts[4] ?? "";
    if (parts[4] !== undefined && SPECIAL.test(key)) return null;
    const child = valueOf(parts[5], at);
    if (child === null) return null;
    level.table.entries ??= new Map();
    // Which of two counts is for the general parser to refuse.
    if (level.table.entries.has(key)) return null;
    level.table.entries.set(key, child);
    open = { indent, table: child, isScalar: parts[5] !== undefined && parts[5] !== "" };
  }
  return root;
}

/** A scalar of a list that stands below the key that was read last. */
function addItem(
  open: { readonly indent: number; readonly table: Table; readonly isScalar: boolean } | null,
  [, blanks = "", text = ""]: RegExpExecArray,
  line: number,
): boolean {
  const value = scalarOf(text);
  if (open === null || open.isScalar || value === null || value === "") return false;
  const { table } = open;
  if (blanks.length < open.indent || table.entries !== undefined) return false;
  if (table.items !== undefined && table.listIndent !== blanks.length) return false;
  table.listIndent = blanks.length;
  (table.items ??= []).push({ line, value });
  return true;
}

/** The value behind a key; a table that is still to come where there is none on the line; null for what is not plain. */
function valueOf(text: string | undefined, line: number): Table | null {
  if (text === undefined || text === "") return { line };
  if (text === "{}") return { line, entries: new Map() };
  if (/^[{[]/u.test(text)) return braces(text, line);
  const scalar = scalarOf(text);
  return scalar === null ? null : { line, value: scalar };
}

function scalarOf(text: string): string | number | boolean | null {
  const quoted = /^'((?:[^']|'')*)'$|^"([^"\\]*)"$/u.exec(text);
  if (quoted !== null) return quoted[1]?.replaceAll("''", "'") ?? quoted[2] ?? "";
  if (/^['"]/u.test(text) || SPECIAL.test(text)) return null;
  if (text === "true" || text === "false") return text === "true";
  if (/^(?:0|[1-9]\d{0,14})(?:\.\d{1,10})?$/u.test(text)) return Number(text);
  return WORD.test(text) && !/^\d+\.\d+\.\d+$/u.test(text) ? null : text;
}

const FLOW_SCALAR = /(?:'(?:[^']|'')*'|"[^"\\]*"|[^\s'"{}[\],&*!|>%@`#:?-][^'"{}[\],#]*?)/u;
const FLOW_KEY = /(?:'(?:[^']|'')*'|[^\s'"{}[\],&*!|>%@`#:?-][^\s'"{}[\],#:]*)/u;
const PAIR = new RegExp(`^(${FLOW_KEY.source}): (${FLOW_SCALAR.source})(?:, |$)`, "u");
const ITEM = new RegExp(`^(${FLOW_SCALAR.source})(?:, |$)`, "u");

/** `{integrity: sha512-…, node: '>=18'}` and `[x64, arm64]`, with scalars only. */
function braces(text: string, line: number): Table | null {
  const isList = text.startsWith("[");
  if (!text.endsWith(isList ? "]" : "}")) return null;
  const entries = new Map<string, Located>();
  const items: Located[] = [];
  let rest = text.slice(1, -1);
  while (rest !== "") {
    const [all = "", first = "", second = ""] = (isList ? ITEM : PAIR).exec(rest) ?? [];
    const value = scalarOf(isList ? first : second);
    const key = isList ? "" : scalarOf(first);
    if (all === "" || value === null || typeof key !== "string" || entries.has(key)) return null;
    if (isList) items.push({ line, value });
    else entries.set(key, { line, value });
    rest = rest.slice(all.length);
  }
  return isList ? { line, items } : { line, entries };
}
