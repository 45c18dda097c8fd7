/**
 * A record as one JSON document. Control, bidirectional and invisible characters are escaped, so that
 * the document means the same and hides nothing when somebody looks at it.
 */
export function reportJson(record: unknown): string {
  const text = JSON.stringify(record, null, 2).replaceAll(
    /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu,
    (character) =>
      Array.from(
        { length: character.length },
        (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`,
      ).join(""),
  );
  return `${text}\n`;
}
