/** A string that strace printed: its text, and whether strace cut it. */
export interface TracedString {
  readonly text: string;
  readonly cut: boolean;
}

const OPENING = "([{";
const CLOSING = ")]}";

/**
 * Splits what stands between a call's brackets at its top-level commas; strings, arrays and
 * structures stay whole. `rest` is what follows the closing bracket. Quoted bytes cannot end an
 * argument: strace escapes every quote and line break in them.
 */
export function splitArguments(text: string): { args: string[]; rest: string } {
  const args: string[] = [];
  let depth = 0;
  let start = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (quoted) {
      if (character === "\\") at++;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (OPENING.includes(character)) depth++;
    else if (CLOSING.includes(character)) {
      if (depth-- === 0) return { args: pushed(args, text, start, at), rest: text.slice(at + 1) };
    } else if (character === "," && depth === 0) {
      args.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  return { args: pushed(args, text, start, text.length), rest: "" };
}

function pushed(args: string[], text: string, start: number, end: number): string[] {
  const last = text.slice(start, end).trim();
  if (last !== "" || args.length > 0) args.push(last);
  return args;
}

const QUOTED = /^@?"((?:[^"\\]|\\.)*)("?)(\.\.\.)?/s;

/** Reads a quoted string, in strace's default escaping or in that of `-x` and `-xx`; null where there is none. */
export function readString(argument: string): TracedString | null {
  const match = QUOTED.exec(argument);
  if (match === null) return null;
  const prefix = argument.startsWith("@") ? "\0" : "";
  return {
    text: prefix + decodeUtf8(unescape(match[1] ?? "")),
    cut: match[2] === "" || match[3] !== undefined,
  };
}

/** Reads an array of strings; `cut` where strace left out strings or a part of one. */
export function readStrings(argument: string): { texts: string[]; cut: boolean } {
  if (!argument.startsWith("[")) return { texts: [], cut: true };
  const { args } = splitArguments(argument.slice(1));
  const texts: string[] = [];
  let cut = false;
  for (const item of args) {
    const string = readString(item);
    if (string === null) cut = true;
    else {
      texts.push(string.text);
      cut ||= string.cut;
    }
  }
  return { texts, cut };
}

const ESCAPE = /\\(x[0-9a-fA-F]{2}|[0-7]{1,3}|.)/gsu;
const NAMED: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, v: 11, f: 12 };

function unescape(text: string): number[] {
  const bytes: number[] = [];
  let end = 0;
  for (const match of text.matchAll(ESCAPE)) {
    pushLatin1(bytes, text.slice(end, match.index));
    const code = match[1] ?? "";
    if (/^x[0-9a-fA-F]{2}$/.test(code)) bytes.push(Number.parseInt(code.slice(1), 16));
    else if (/^[0-7]/.test(code)) bytes.push(Number.parseInt(code, 8) & 0xff);
    else if (NAMED[code] === undefined) pushLatin1(bytes, code);
    else bytes.push(NAMED[code]);
    end = match.index + match[0].length;
  }
  pushLatin1(bytes, text.slice(end));
  return bytes;
}

function pushLatin1(bytes: number[], text: string): void {
  for (let at = 0; at < text.length; at++) bytes.push(text.charCodeAt(at) & 0xff);
}

/** UTF-8 to text; a byte that is not UTF-8 becomes U+FFFD. Core has no TextDecoder. */
function decodeUtf8(bytes: readonly number[]): string {
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const lead = bytes[at] ?? 0;
    const length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const tail = bytes.slice(at + 1, at + length);
    const point = tail.reduce((sum, byte) => (sum << 6) | (byte & 0x3f), lead & (0xff >> length));
    const isWhole = length > 0 && lead < 0xf5 && tail.length === length - 1;
    if (length === 1) text += String.fromCharCode(lead);
    else if (isWhole && tail.every((byte) => byte >> 6 === 2) && isScalar(point, length))
      text += String.fromCodePoint(point);
    else {
      text += "\u{fffd}";
      at++;
      continue;
    }
    at += length;
  }
  return text;
}

function isScalar(point: number, length: number): boolean {
  if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return false;
  return length < 3 || point >= (length === 3 ? 0x800 : 0x10000);
}
