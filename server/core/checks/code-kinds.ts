import type { RepoPath } from "../location.ts";

/** What a character of a source file belongs to. */
export const CODE = 0;
export const STRING = 1;
export const COMMENT = 2;

/** A slash that no other one follows so far is a sign, not a pattern. */
const LONGEST_REGEX = 2000;

interface Language {
  readonly line: readonly string[];
  readonly block?: readonly [string, string];
  /** What begins and ends a string. A single quote that is not in here may begin a character. */
  readonly quotes: string;
  readonly templates?: boolean;
  readonly triple?: boolean;
  readonly regex?: boolean;
}

const C: Language = { line: ["//"], block: ["/*", "*/"], quotes: '"' };
const SCRIPT: Language = { ...C, quotes: `"'`, templates: true, regex: true };
const HASH: Language = { line: ["#"], quotes: `"'` };
const LANGUAGES: readonly (readonly [RegExp, Language])[] = [
  [/\.[cm]?[jt]sx?$|\.(?:vue|svelte)$/iu, SCRIPT],
  [/\.(?:go|java|kt|kts|rs|c|cc|cpp|cxx|h|hpp|cs|scala|groovy|gradle)$/iu, C],
  [/\.(?:swift|dart)$/iu, { ...C, quotes: `"'` }],
  [/\.(?:php\d?|tf)$/iu, { ...C, line: ["//", "#"], quotes: `"'` }],
  [/\.(?:pyw?|pyi)$/iu, { ...HASH, triple: true }],
  [/\.(?:rb|rake|sh|bash|zsh|ksh|pl|pm|r|ex|exs|ps1|ya?ml|toml|cmake)$/iu, HASH],
  [/(?:^|\/)(?:Makefile|Dockerfile|Containerfile|Rakefile|Gemfile)(?:\.[^/]*)?$/u, HASH],
  [/\.(?:sql|lua|hs)$/iu, { line: ["--"], quotes: `"'` }],
];

/** Whether a file is source code, a script or a configuration, as far as its name says. */
export function isCode(path: RepoPath): boolean {
  return LANGUAGES.some(([pattern]) => pattern.test(path));
}

/**
 * Says of each UTF-16 unit of a source file whether it is code, a string or a comment; null where
 * the language is not known. It reads words, not grammar: good enough to tell where a match
 * stands, in one pass, for code that does not parse, too.
 */
export function kindsOf(path: RepoPath, text: string): Uint8Array | null {
  const language = LANGUAGES.find(([pattern]) => pattern.test(path))?.[1];
  if (language === undefined) return null;
  const kinds = new Uint8Array(text.length);
  /** Open braces of each template's value that is being read. */
  const values: number[] = [];
  let at = 0;
  while (at < text.length) {
    const end = endOfComment(language, text, at);
    if (end > at) {
      kinds.fill(COMMENT, at, end);
      at = end;
      continue;
    }
    const unit = text[at] ?? "";
    const depth = values.at(-1);
    const closesValue = unit === "}" && depth === 0;
    if (depth !== undefined && unit === "{") values[values.length - 1] = depth + 1;
    if (depth !== undefined && unit === "}") values[values.length - 1] = depth - 1;
    if (language.templates === true && (unit === "`" || closesValue)) {
      if (closesValue) values.pop();
      const stop = endOfTemplate(text, at + 1);
      if (text.startsWith("${", stop - 2) && text[stop - 3] !== "\\") values.push(0);
      kinds.fill(STRING, at, stop);
      at = stop;
      continue;
    }
    const stop = endOfString(language, text, at);
    kinds.fill(STRING, at, stop);
    at = Math.max(stop, at + 1);
  }
  return kinds;
}

function endOfComment({ line, block }: Language, text: string, at: number): number {
  for (const mark of line) {
    if (!text.startsWith(mark, at)) continue;
    // In a shell or YAML, `a#b` is a word.
    if (mark === "#" && at > 0 && /[^\s;(){}[\],]/u.test(text[at - 1] ?? "")) continue;
    const end = text.indexOf("\n", at);
    return end === -1 ? text.length : end;
  }
  if (block === undefined || !text.startsWith(block[0], at)) return at;
  const end = text.indexOf(block[1], at + block[0].length);
  return end === -1 ? text.length : end + block[1].length;
}

/** Where a template ends, or where its next value begins. */
function endOfTemplate(text: string, start: number): number {
  for (let at = start; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === "`") return at + 1;
    else if (text[at] === "$" && text[at + 1] === "{") return at + 2;
  }
  return text.length;
}

function endOfString(language: Language, text: string, at: number): number {
  const unit = text[at] ?? "";
  if (unit === "/" && language.regex === true) return endOfRegex(text, at);
  if (unit === "'" && !language.quotes.includes(unit)) {
    return (
      at + (/^'(?:\\[^\n]{1,8}|[^\\'\n]{1,2})'/u.exec(text.slice(at, at + 12))?.[0].length ?? 0)
    );
  }
  if (unit === "" || !language.quotes.includes(unit)) return at;
  const triple = unit.repeat(3);
  if (language.triple === true && text.startsWith(triple, at)) {
    const end = text.indexOf(triple, at + 3);
    return end === -1 ? text.length : end + 3;
  }
  for (let end = at + 1; end < text.length; end += 1) {
    if (text[end] === "\\") end += 1;
    else if (text[end] === unit) return end + 1;
    else if (text[end] === "\n") return end;
  }
  return text.length;
}

/** A slash begins a pattern where no value stands before it. */
function endOfRegex(text: string, at: number): number {
  let before = at - 1;
  while (before >= 0 && (text[before] === " " || text[before] === "\t")) before -= 1;
  const last = text[before] ?? "\n";
  const follows =
    /[(,=:[!&|?{};\n]/u.test(last) || /\breturn$/u.test(text.slice(before - 6, before + 1));
  if (!follows) return at;
  let isSet = false;
  const stop = Math.min(text.length, at + LONGEST_REGEX);
  for (let end = at + 1; end < stop && text[end] !== "\n"; end += 1) {
    const unit = text[end];
    if (unit === "\\") end += 1;
    else if (unit === "[") isSet = true;
    else if (unit === "]") isSet = false;
    else if (unit === "/" && !isSet) return end + 1;
  }
  return at;
}
