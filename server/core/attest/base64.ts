const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Bytes as base64 (RFC 4648), with padding. */
export function toBase64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(at, at + 3);
    const left = bytes.length - at;
    parts.push(
      ALPHABET.charAt(a >> 2),
      ALPHABET.charAt(((a & 3) << 4) | (b >> 4)),
      left > 1 ? ALPHABET.charAt(((b & 15) << 2) | (c >> 6)) : "=",
      left > 2 ? ALPHABET.charAt(c & 63) : "=",
    );
  }
  return parts.join("");
}

/** The bytes of padded base64; null for anything else. One text has one meaning: stray bits are refused. */
export function fromBase64(text: string): Uint8Array | null {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/u.test(text)) return null;
  const length = (text.length / 4) * 3 - (text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0);
  const bytes = new Uint8Array(length);
  for (let at = 0, to = 0; at < text.length; at += 4) {
    const [a = 0, b = 0, c = 0, d = 0] = [0, 1, 2, 3].map((each) =>
      Math.max(0, ALPHABET.indexOf(text.charAt(at + each))),
    );
    const group = (a << 18) | (b << 12) | (c << 6) | d;
    for (const shift of [16, 8, 0]) if (to < length) bytes[to++] = (group >> shift) & 255;
  }
  return toBase64(bytes) === text ? bytes : null;
}
