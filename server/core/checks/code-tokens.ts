import type { CodeToken } from "../policy/code-pattern.ts";
import { CODE, COMMENT } from "./code-kinds.ts";

const WORD = /[\p{ID_Continue}$@]+/uy;
const PREFIX = /^(?:[rRbBuU]*[fF][rR]?|\$@?)$/u;
/** Longest line that is looked at; what is longer was not written by hand. */
const LONGEST_LINE = 5000;

/** The tokens of one line of a text, comments left out; offsets count from the line's beginning. */
export function tokensOfLine(
  text: string,
  kinds: Uint8Array,
  lineStart: number,
  lineEnd: number,
): readonly CodeToken[] {
  const tokens: CodeToken[] = [];
  const stop = Math.min(lineEnd, lineStart + LONGEST_LINE);
  let at = lineStart;
  while (at < stop) {
    const kind = kinds[at];
    if (kind === COMMENT || /\s/u.test(text[at] ?? "")) at += 1;
    else if (kind === CODE) {
      WORD.lastIndex = at;
      const word = WORD.exec(text)?.[0];
      const end = at + (word?.length ?? 1);
      const place = { start: at - lineStart, end: end - lineStart };
      tokens.push({
        text: text.slice(at, end),
        kind: word === undefined ? "sign" : "word",
        ...place,
      });
      at = end;
    } else {
      const end = endOfRun(text, kinds, at, stop);
      tokens.push(stringToken(tokens, text.slice(at, end), at - lineStart));
      at = end;
    }
  }
  return tokens;
}

/** Where a string ends: its last quote, or where the line or the string's kind ends. */
function endOfRun(text: string, kinds: Uint8Array, start: number, stop: number): number {
  const quote = text[start] ?? "";
  for (let at = start + 1; at < stop; at += 1) {
    if (kinds[at] !== kinds[start]) return at;
    if (text[at] === "\\") at += 1;
    else if (text[at] === quote && text[at + 1] !== quote && text[at - 1] !== quote) return at + 1;
  }
  return stop;
}

/** A string that takes values in: a template, an f-string, Ruby's `#{}`. Its prefix belongs to it. */
function stringToken(tokens: CodeToken[], written: string, start: number): CodeToken {
  const before = tokens.at(-1);
  const hasPrefix = before?.end === start && PREFIX.test(before.text);
  if (hasPrefix) tokens.pop();
  const isFilled = /\$\{|#\{/u.test(written) || (hasPrefix && written.includes("{"));
  const text = written.replace(/^["'`]+|["'`]+$/gu, "");
  const kind = isFilled ? "filled-string" : "string";
  return { text, kind, start: hasPrefix ? before.start : start, end: start + written.length };
}
