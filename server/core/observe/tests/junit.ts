import type { ReadTest, ResultParser } from "./outcomes.ts";

const TAG = /<(\/?)([A-Za-z_][\w.:-]{0,80})((?:[^<>"']|"[^"]*"|'[^']*')*)>/y;
const ATTRIBUTE = /([A-Za-z_][\w.:-]{0,80})\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const LONGEST_TEXT = 20_000;
const MOST_DEPTH = 64;

interface Case {
  readonly names: readonly string[];
  readonly attributes: ReadonlyMap<string, string>;
  status: ReadTest["status"];
  message: string;
}

/**
 * JUnit XML of any writer, also with other output around it. Read with a small scanner and not a
 * whole XML parser: documents may be hostile, and entities, namespaces and DTDs are not needed.
 */
export const junit: ResultParser = {
  runner: "junit",
  matches: (text) => /<testsuites?[\s>]/.test(text),
  parse(text) {
    const start = text.search(/<testsuites?[\s>]/);
    const end = Math.max(text.lastIndexOf("</testsuite>"), text.lastIndexOf("</testsuites>"));
    const tests: ReadTest[] = [];
    const suites: string[] = [];
    let open: Case | null = null;
    for (const token of tokens(text.slice(start, end + 13))) {
      if (typeof token === "string") {
        if (open !== null && open.status !== "passed" && open.message.length < LONGEST_TEXT)
          open.message += token;
      } else if (token.name === "testsuite" || token.name === "testsuites") {
        if (token.kind === "close") suites.pop();
        else if (token.kind === "open" && suites.length < MOST_DEPTH) suites.push(suiteName(token));
      } else if (token.name === "testcase") {
        if (token.kind !== "open" && open !== null) tests.push(finished(open));
        const begun = token.kind === "close" ? null : openCase(token.inside, suites);
        if (token.kind === "empty" && begun !== null) tests.push(finished(begun));
        open = token.kind === "open" ? begun : null;
      } else if (open !== null && token.kind !== "close") readMark(open, token);
    }
    return tests;
  },
};

interface Tag {
  readonly kind: "open" | "close" | "empty";
  readonly name: string;
  readonly inside: string;
}

/** Texts that only mean themselves, by how they begin and end. */
const RAW = [
  { begin: "<!--", end: "-->", isText: false },
  { begin: "<![CDATA[", end: "]]>", isText: true },
  { begin: "<?", end: "?>", isText: false },
] as const;

/** Tags and texts in order. Stops at the first thing that is not well formed, so it stays linear. */
function* tokens(text: string): Generator<Tag | string> {
  let at = 0;
  while (at < text.length) {
    const raw = RAW.find(({ begin }) => text.startsWith(begin, at));
    if (raw !== undefined) {
      const end = text.indexOf(raw.end, at + raw.begin.length);
      if (end === -1) return;
      if (raw.isText) yield text.slice(at + raw.begin.length, end);
      at = end + raw.end.length;
    } else if (text.charAt(at) === "<") {
      TAG.lastIndex = at;
      const match = TAG.exec(text);
      if (match === null) return;
      const [whole, slash, name = "", inside = ""] = match;
      const kind = slash === "/" ? "close" : inside.endsWith("/") ? "empty" : "open";
      yield { kind, name, inside };
      at += whole.length;
    } else {
      const next = text.indexOf("<", at);
      yield unescape(text.slice(at, next === -1 ? text.length : next));
      at = next === -1 ? text.length : next;
    }
  }
}

function suiteName({ name, inside }: Tag): string {
  return name === "testsuite" ? (attributes(inside).get("name") ?? "") : "";
}

function openCase(inside: string, suites: readonly string[]): Case {
  const found = attributes(inside);
  const className = found.get("classname") ?? "";
  const own = found.get("name") ?? "";
  // Writers differ: some nest suites, some flatten them into the class name; the same is not said twice.
  const known = suites.filter((suite) => suite !== "");
  const isKnown =
    className === "" ||
    className === "test" ||
    known.join(".") === className ||
    known.at(-1) === className;
  const names = isKnown ? [...known, own] : [className, own];
  return { names, attributes: found, status: "passed", message: "" };
}

function readMark(test: Case, { name, inside }: Tag): void {
  if (name !== "failure" && name !== "error" && name !== "skipped") return;
  // A test that is to do is both skipped and failed: it is no evidence either way.
  if (test.status !== "skipped") test.status = name === "skipped" ? "skipped" : "failed";
  const message = attributes(inside).get("message");
  if (message !== undefined && test.message === "") test.message = `${message}\n`;
}

function finished({ names, attributes: found, status, message }: Case): ReadTest {
  const seconds = Number(found.get("time"));
  const file = found.get("file");
  const line = Number(found.get("line"));
  return {
    names,
    status,
    ...(Number.isFinite(seconds) ? { durationMs: seconds * 1000 } : {}),
    ...(status === "passed" ? {} : { message }),
    ...(file === undefined ? {} : { file }),
    ...(Number.isSafeInteger(line) ? { line } : {}),
  };
}

function attributes(inside: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, name = "", double, single] of inside.matchAll(ATTRIBUTE)) {
    found.set(name, unescape(double ?? single ?? ""));
  }
  return found;
}

const ENTITIES: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  amp: "&",
  quot: '"',
  apos: "'",
};

function unescape(text: string): string {
  return text.replaceAll(
    /&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|([a-z]{1,6}));/g,
    (whole, ...found) => {
      const [hex, decimal, name] = found as (string | undefined)[];
      if (name !== undefined) return ENTITIES[name] ?? whole;
      const point = Number.parseInt(hex ?? decimal ?? "", hex === undefined ? 10 : 16);
      return point <= 0x10ffff && (point < 0xd800 || point > 0xdfff)
        ? String.fromCodePoint(point)
        : whole;
    },
  );
}
