/** A token of a line of code: a word, a sign, or a string. */
export interface CodeToken {
  readonly text: string;
  readonly kind: "word" | "sign" | "string" | "filled-string";
  readonly start: number;
  readonly end: number;
}

/** A pattern that was read: stretches of tokens with anything between them. */
export type CodePattern = readonly (readonly CodeToken[])[];

const TOKEN = /(f?)"([^"]*)"|[\p{ID_Continue}$@]+|[^\s]/gu;
const DEFINES: ReadonlySet<string> = new Set(["def", "function", "fn", "func", "fun", "class"]);

/**
 * Reads a pattern of `forbidden-apis`. It is code as it would be written, whatever the spaces: `*`
 * stands for anything on the same line, `""` for any string, `f""` for a string that values are put
 * into, and `"text"` for that very string. It is no regular expression, so that none can be slow.
 */
export function readCodePattern(pattern: string): CodePattern {
  const parts: CodeToken[][] = [[]];
  for (const { 0: text, 1: filled, 2: content, index } of pattern.matchAll(TOKEN)) {
    const place = { start: index, end: index + text.length };
    if (text === "*") parts.push([]);
    else if (content !== undefined)
      parts
        .at(-1)
        ?.push({ text: content, kind: filled === "f" ? "filled-string" : "string", ...place });
    else
      parts
        .at(-1)
        ?.push({ text, kind: /^[\p{ID_Continue}$@]/u.test(text) ? "word" : "sign", ...place });
  }
  return parts.filter((part) => part.length > 0);
}

/** The first place at which a line's tokens match a pattern, as offsets of the line. */
export function findPattern(
  pattern: CodePattern,
  tokens: readonly CodeToken[],
): { readonly start: number; readonly end: number } | null {
  let from = 0;
  let start: number | null = null;
  let end = 0;
  for (const [index, part] of pattern.entries()) {
    const at = indexOfPart(part, tokens, from, index === 0);
    if (at === -1) return null;
    start ??= tokens[at]?.start ?? 0;
    from = at + part.length;
    end = tokens[from - 1]?.end ?? end;
  }
  return start === null ? null : { start, end };
}

function indexOfPart(
  part: readonly CodeToken[],
  tokens: readonly CodeToken[],
  from: number,
  isFirst: boolean,
): number {
  for (let at = from; at + part.length <= tokens.length; at += 1) {
    if (isFirst && isOtherName(part, tokens[at - 1])) continue;
    if (part.every((wanted, offset) => isSame(wanted, tokens[at + offset]))) return at;
  }
  return -1;
}

/** `eval(` is not `model.eval(`, and not the `def eval(` of somebody's own. */
function isOtherName([name, sign]: readonly CodeToken[], before: CodeToken | undefined): boolean {
  if (name?.kind !== "word" || before === undefined) return false;
  return (before.text === "." && sign?.text === "(") || DEFINES.has(before.text);
}

function isSame(wanted: CodeToken, token: CodeToken | undefined): boolean {
  if (token?.kind !== wanted.kind) return false;
  const isAnyString =
    wanted.text === "" && (wanted.kind === "string" || wanted.kind === "filled-string");
  return isAnyString || wanted.text === token.text;
}
