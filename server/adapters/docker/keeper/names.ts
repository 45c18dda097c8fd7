/** What a DNS question asks for. */
export interface Question {
  readonly name: string;
  readonly type: string;
}

const TYPES: Readonly<Record<number, string>> = {
  1: "A",
  2: "NS",
  5: "CNAME",
  6: "SOA",
  10: "NULL",
  12: "PTR",
  15: "MX",
  16: "TXT",
  28: "AAAA",
  33: "SRV",
  35: "NAPTR",
  64: "SVCB",
  65: "HTTPS",
  255: "ANY",
  257: "CAA",
};

const HEADER = 12;

/**
 * Reads the first question of a DNS message (RFC 1035, section 4.1); null where it is none.
 * Bytes that are no letter, digit, `-` or `_` become `\ddd`, as in master files.
 */
export function readQuestion(message: Buffer): (Question & { readonly end: number }) | null {
  if (message.length < HEADER + 5 || message.readUInt16BE(4) === 0) return null;
  if ((message.readUInt8(2) & 0x80) !== 0) return null;
  const labels: string[] = [];
  let at = HEADER;
  for (;;) {
    if (at >= message.length) return null;
    const length = message.readUInt8(at);
    at += 1;
    if (length === 0) break;
    // A pointer has nothing to point at in a question.
    if (length > 63 || at + length > message.length || at + length > HEADER + 255) return null;
    labels.push(readLabel(message.subarray(at, at + length)));
    at += length;
  }
  if (at + 4 > message.length) return null;
  const type = message.readUInt16BE(at);
  return { name: labels.join("."), type: TYPES[type] ?? `TYPE${type}`, end: at + 4 };
}

/** The answer "there is no such name" to a question. */
export function denyQuestion(message: Buffer, end: number): Buffer {
  const answer = Buffer.from(message.subarray(0, end));
  const asksRecursion = answer.readUInt8(2) & 0x01;
  answer.writeUInt8(0x80 | asksRecursion, 2);
  answer.writeUInt8(0x80 | 3, 3);
  answer.writeUInt16BE(1, 4);
  answer.fill(0, 6, HEADER);
  return answer;
}

function readLabel(bytes: Buffer): string {
  let text = "";
  for (const byte of bytes) {
    const character = String.fromCodePoint(byte);
    text += /[\w-]/.test(character) ? character : `\\${String(byte).padStart(3, "0")}`;
  }
  return text;
}
