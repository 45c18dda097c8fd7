/** A character that is not seen, or that changes how what is around it is seen. */
export interface Hidden {
  readonly at: number;
  readonly length: number;
  readonly what: string;
}

/** How much of what is invisible is legitimate in a file: none of it in code, some of it in prose. */
export type Strictness = "code" | "steering" | "prose";

/** First and last code points of what could be hidden; a line without them is not looked at further. */
const SUSPECTS = [
  [0x00, 0x08],
  [0x0e, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0x3164, 0x3164],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff9, 0xfffb],
  [0x1d173, 0x1d17a],
  [0xe0000, 0xe0fff],
] as const;
const EACH = new RegExp(
  `[${SUSPECTS.map(([first, last]) => `\\u{${first.toString(16)}}-\\u{${last.toString(16)}}`).join("")}]`,
  "gu",
);
/** Most UTF-16 units that a flag of a region takes. */
const LONGEST_FLAG = 16;
const FLAG = /^\u{1f3f4}[\u{e0030}-\u{e007a}]{2,6}\u{e007f}/u;
const RTL = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
/** Scripts that are written with joiners between their letters. */
const JOINED =
  /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}]/u;
const PICTURE = /[\p{Extended_Pictographic}\p{Emoji_Component}\p{So}\p{Sm}\p{Po}\u2000-\u2bff]/u;

/** The hidden characters of one line, each run of them once. */
export function findHidden(
  line: string,
  strictness: Strictness,
  isFirstLine: boolean,
): readonly Hidden[] {
  const found: Hidden[] = [];
  let hasRtl: boolean | null = null;
  const isRtl = () => (hasRtl ??= RTL.test(line));
  for (const { 0: character, index: at } of line.matchAll(EACH)) {
    if (isFirstLine && at === 0 && character === "\ufeff") continue;
    const what = meaningOf(character, line, at, strictness, isRtl);
    if (what === null) continue;
    const last = found.at(-1);
    if (last !== undefined && last.at + last.length === at && last.what === what)
      found[found.length - 1] = { ...last, length: last.length + character.length };
    else found.push({ at, length: character.length, what });
  }
  return found;
}

function meaningOf(
  character: string,
  line: string,
  at: number,
  strictness: Strictness,
  isRtl: () => boolean,
): string | null {
  const code = character.codePointAt(0) ?? 0;
  const before = Array.from(line.slice(Math.max(0, at - 4), at)).at(-1) ?? "";
  const after = String.fromCodePoint(line.codePointAt(at + character.length) ?? 0x20);
  if (code >= 0xe0000 && code <= 0xe007f)
    return isFlag(line, at)
      ? null
      : "invisible tag characters, which spell text that only programs read";
  if ((code >= 0xfe00 && code <= 0xfe0f) || code >= 0xe0100)
    return isVariant(code, before)
      ? null
      : "variation selectors that vary nothing, which can spell hidden data";
  if ((code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069)) {
    if (strictness === "prose" && isRtl()) return null;
    return "a bidirectional control, which shows the text in another order than it is read in";
  }
  if (code === 0x200e || code === 0x200f || code === 0x61c) {
    return isRtl() || strictness === "prose" ? null : "an invisible direction mark";
  }
  if (code === 0x200c || code === 0x200d) {
    const joins =
      JOINED.test(before) || (code === 0x200d && PICTURE.test(before) && PICTURE.test(after));
    return joins || strictness === "prose" ? null : "an invisible joiner";
  }
  if (strictness === "prose") return null;
  if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) return controlMeaning(code, strictness);
  // Breaking a long word is what a soft hyphen is for.
  if (code === 0xad && strictness === "steering") return null;
  return "an invisible character";
}

function controlMeaning(code: number, strictness: Strictness): string | null {
  if (strictness !== "code" && code !== 0x1b && code !== 0x08) return null;
  return code === 0
    ? "a NUL, for which git takes the file for binary and shows no difference"
    : "a control character, which a terminal obeys instead of showing it";
}

/** Flags of regions are a black flag, tags, and the tag that ends them. */
function isFlag(line: string, at: number): boolean {
  const around = line.slice(Math.max(0, at - LONGEST_FLAG), at + LONGEST_FLAG);
  const start = around.lastIndexOf("\u{1f3f4}", Math.min(at, LONGEST_FLAG));
  return start !== -1 && FLAG.test(around.slice(start));
}

function isVariant(code: number, before: string): boolean {
  if (before === "") return false;
  // Standing after a selector, another one varies nothing.
  if (/[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/u.test(before)) return false;
  if (code >= 0xe0100) return /\p{Script=Han}/u.test(before);
  return /[\p{Extended_Pictographic}\p{So}\p{Sm}\p{Script=Han}\p{Script=Mongolian}\p{Script=Myanmar}#*0-9\u2000-\u2bff\u3000-\u303f]/u.test(
    before,
  );
}
