import { indentation, milliseconds, type ReadTest, type ResultParser } from "./outcomes.ts";

const RESULT = /^(\s*)(not ok|ok)\b(?:\s+(\d+))?(?:\s+-)?\s*(.*)$/;
const DIRECTIVE = /(?:^|\s)#\s*(skip|todo)\b\S*/i;
const TIME = /\s#\s*time=(\S+)$/;
const MOST_DEPTH = 64;
const MOST_DETAIL = 100;
const MOST_INDENT = 256;

/** A result with the indentation that it stands at, until its parent takes it in. */
interface Pending {
  indent: number;
  test: ReadTest;
}

/** An open brace: what it is called in full, and which results came after it. */
interface Block {
  readonly indent: number;
  readonly names: readonly string[];
  readonly from: number;
}

/**
 * TAP 13 and 14. node:test and tap print the children of a test before it, deeper; vitest prints
 * them after it, in braces. Only the leaves are tests.
 */
export const tap: ResultParser = {
  runner: "tap",
  matches: (text) => /^TAP version 1[34]|^[ \t]*(?:not )?ok \d+\b/m.test(text),
  parse(text) {
    const pending: Pending[] = [];
    const blocks: Block[] = [];
    const lines = text.split("\n");
    for (let at = 0; at < lines.length; at++) {
      const line = lines[at] ?? "";
      if (line.trim() === "}") closeBlock(blocks, pending);
      const result = RESULT.exec(line);
      const indent = (result?.[1] ?? "").length;
      if (result === null || indent > MOST_INDENT) continue;
      const { detail, end } = readDetail(lines, at + 1, indent);
      const described = (result[4] ?? "").trimEnd();
      const isBlock = described.endsWith("{");
      const label = isBlock ? described.slice(0, -1).trimEnd() : described;
      const test = readResult(result[2] ?? "", label, detail);
      const names = [...(blocks.at(-1)?.names ?? []), ...test.names];
      if (!isBlock) closeTest(pending, indent, { ...test, names });
      else if (blocks.length < MOST_DEPTH) blocks.push({ indent, names, from: pending.length });
      at = end - 1;
    }
    return pending.map(({ test }) => test);
  },
};

function closeTest(pending: Pending[], indent: number, test: ReadTest): void {
  let first = pending.length;
  while (first > 0 && (pending[first - 1]?.indent ?? 0) > indent) first--;
  if (first === pending.length) pending.push({ indent, test });
  for (const child of pending.slice(first)) {
    if (child.test === test) continue;
    child.indent = indent;
    child.test = { ...child.test, names: [...test.names, ...child.test.names] };
  }
}

function closeBlock(blocks: Block[], pending: Pending[]): void {
  const block = blocks.pop();
  if (block === undefined) return;
  for (const child of pending.slice(block.from)) child.indent = block.indent;
}

function readResult(
  word: string,
  described: string,
  detail: ReadonlyMap<string, string>,
): ReadTest {
  const directive = DIRECTIVE.exec(described);
  const name = (directive === null ? described : described.slice(0, directive.index))
    .replace(TIME, "")
    .replaceAll(/\\([#\\])/g, "$1")
    .trim();
  const place = /^(.*?):(\d+)(?::\d+)?$/.exec(detail.get("location") ?? detail.get("at") ?? "");
  const message = [detail.get("error") ?? detail.get("message"), detail.get("stack")]
    .filter((part) => part !== undefined)
    .join("\n");
  const durationMs =
    milliseconds(detail.get("duration_ms")) ?? milliseconds(TIME.exec(described)?.[1]);
  return {
    names: [name],
    // A test that is to do may fail: it is no evidence either way.
    status: directive === null ? (word === "ok" ? "passed" : "failed") : "skipped",
    ...(durationMs === undefined ? {} : { durationMs }),
    ...(message === "" ? {} : { message }),
    ...(place === null ? {} : { file: place[1] ?? "", line: Number(place[2]) }),
  };
}

/** The YAML block below a result, read by hand: `key: value` and `key: |-`. A YAML parser would be one more thing to attack. */
function readDetail(
  lines: readonly string[],
  start: number,
  indent: number,
): { detail: Map<string, string>; end: number } {
  const detail = new Map<string, string>();
  const first = lines[start] ?? "";
  if (first.trim() !== "---" || indentation(first) <= indent) {
    return readPlainDetail(lines, start, indent);
  }
  const base = indentation(first);
  let block: string | null = null;
  let at = start + 1;
  for (; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (line.trim() !== "" && indentation(line) < base) break;
    if (line.trim() === "..." && indentation(line) === base) return { detail, end: at + 1 };
    const pair = /^\s*([a-zA-Z_]{1,40}):\s*(.*)$/.exec(line);
    if (block !== null && (indentation(line) > base || line.trim() === "")) {
      detail.set(block, `${detail.get(block) ?? ""}${line.slice(base + 2)}\n`);
    } else if (pair !== null) {
      const value = pair[2] ?? "";
      block = /^[|>][+-]?$/.test(value) || value === "" ? (pair[1] ?? "") : null;
      detail.set(pair[1] ?? "", block === null ? unquoted(value) : "");
    }
  }
  return { detail, end: at };
}

/** What mocha prints below a failure: indented lines without a frame around them. */
function readPlainDetail(
  lines: readonly string[],
  start: number,
  indent: number,
): { detail: Map<string, string>; end: number } {
  let end = start;
  const isDetail = (line: string): boolean =>
    line.trim() !== "" &&
    indentation(line) > indent &&
    !/^\s*(?:#|\d+\.\.|(?:not )?ok\b)/.test(line);
  while (end - start < MOST_DETAIL && isDetail(lines[end] ?? "")) end++;
  const text = lines.slice(start, end).join("\n");
  return { detail: new Map(text === "" ? [] : [["error", text]]), end };
}

function unquoted(value: string): string {
  return /^(['"]).*\1$/.test(value) ? value.slice(1, -1).replaceAll("''", "'") : value;
}
