/** Longest piece of untrusted text that a message quotes, in UTF-16 units. */
const LONGEST = 200;

/**
 * Untrusted text made safe to show in a terminal, a tooltip or Markdown: control, bidirectional and
 * invisible characters become visible escapes, long text is cut.
 */
export function printable(text: string, longest = LONGEST): string {
  const cut = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return cut.replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
