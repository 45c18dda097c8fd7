/** Largest blob that is read as text, in bytes. Larger ones are opaque. */
export const TEXT_BYTES = 8 * 1024 * 1024;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The text of a blob, or null where it is not text. Valid UTF-8 always is, whatever it holds: a
 * stray NUL must not hide a source file. Other content without a NUL is an old one-byte encoding,
 * read byte by byte, so that a stray byte does not hide the file either.
 */
export function decodeText(content: Uint8Array): string | null {
  if (content.byteLength > TEXT_BYTES) return null;
  try {
    return utf8.decode(content);
  } catch {
    return content.includes(0) ? null : Buffer.from(content).toString("latin1");
  }
}

/** A path as git stores it. Bytes that are not UTF-8 become `\xHH`, so that no two paths fall together. */
export function decodePath(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return [...bytes]
      .map((byte) =>
        byte < 0x80 ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`,
      )
      .join("");
  }
}

/** The pieces of `-z` output. */
export function splitNul(output: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  for (let start = 0; start < output.length;) {
    const end = output.indexOf(0, start);
    pieces.push(output.subarray(start, end === -1 ? output.length : end));
    start = end === -1 ? output.length : end + 1;
  }
  return pieces;
}
