/** User and group of everything that runs in the box and of every file in its workspace. */
export const BOX_UID = 65_532;

/** Where the workspace is, in the keeper and in the box. */
export const WORKSPACE = "/workspace";

/** Where the language probe stands in the box, and the file that it appends to. */
export const PROBE_FOLDER = "/run/shipgate";
export const PROBE_PROGRAM = `${PROBE_FOLDER}/node-probe.cjs`;
export const PROBE_REPORTS = `${PROBE_FOLDER}/probe.jsonl`;

/** How much of the probe's reports a keeper tells, in bytes, and in pieces of which size. */
export const MOST_PROBE = 1_048_576;
export const PROBE_PIECE = 16_384;

/** What a client tells the keeper, one frame each: type, length (32 bits, big-endian), payload. */
export const FRAME = { treePiece: 1, treeEnd: 2, compare: 3 } as const;
export type FrameType = (typeof FRAME)[keyof typeof FRAME];

/** Largest payload of a frame, in bytes. */
export const LONGEST_FRAME = 1_048_576;

/** Longest line that a keeper writes, in bytes; the client drops the keeper at a longer one. */
export const LONGEST_LINE = 32_768;

/** Most lines of one kind that a keeper writes; what comes after is only counted. */
export const MOST_LINES = 5000;

/** What a keeper tells its client, one JSON line each. */
export type KeeperMessage =
  /** The namespace leads nowhere, and the watch on it was seen to work. */
  | { readonly kind: "ready" }
  | { readonly kind: "loaded"; readonly files: number }
  | {
      readonly kind: "packet";
      readonly protocol: "tcp" | "udp";
      readonly address: string;
      readonly port: number;
      readonly count: number;
    }
  | {
      readonly kind: "lookup";
      readonly name: string;
      readonly type: string;
      readonly count: number;
    }
  | {
      readonly kind: "change";
      readonly operation: "added" | "modified" | "deleted";
      readonly path: string;
      readonly type: "file" | "link" | "special";
    }
  /** A piece of the probe's reports, as they stand in the file, in base64. */
  | { readonly kind: "probe"; readonly piece: string }
  /** Everything was said; `dropped` counts packets and names beyond `MOST_LINES`. */
  | { readonly kind: "compared"; readonly changes: number; readonly dropped: number }
  | { readonly kind: "failed"; readonly reason: string };

/** One frame for a keeper. Throws a RangeError where the payload is larger than `LONGEST_FRAME`. */
export function packFrame(type: FrameType, payload: Uint8Array = new Uint8Array(0)): Buffer {
  if (payload.length > LONGEST_FRAME) throw new RangeError("A frame's payload is too large.");
  const head = Buffer.alloc(5);
  head.writeUInt8(type, 0);
  head.writeUInt32BE(payload.length, 1);
  return Buffer.concat([head, payload]);
}

/** Reads frames from pieces that are cut anywhere. Throws on an unknown type or a payload too large. */
export function createFrameReader(
  onFrame: (type: FrameType, payload: Buffer) => void,
): (piece: Buffer) => void {
  let kept: Buffer = Buffer.alloc(0);
  return (piece) => {
    kept = kept.length === 0 ? piece : Buffer.concat([kept, piece]);
    while (kept.length >= 5) {
      const type = kept.readUInt8(0);
      const length = kept.readUInt32BE(1);
      if (!isFrameType(type)) throw new RangeError(`There is no frame of type ${type}.`);
      if (length > LONGEST_FRAME) throw new RangeError("A frame's payload is too large.");
      if (kept.length < 5 + length) return;
      onFrame(type, kept.subarray(5, 5 + length));
      kept = kept.subarray(5 + length);
    }
  };
}

/** Cuts a stream into lines; a line that never ends is given up with a RangeError. */
export function createLineReader(
  onLine: (line: string) => void,
  longest: number,
): (piece: Buffer) => void {
  let pieces: Buffer[] = [];
  let length = 0;
  return (piece) => {
    let from = 0;
    for (let end = piece.indexOf(10); end !== -1; end = piece.indexOf(10, from)) {
      if (length + end - from > longest) throw new RangeError("A line is too long.");
      pieces.push(piece.subarray(from, end));
      const line = Buffer.concat(pieces).toString("utf8");
      pieces = [];
      length = 0;
      from = end + 1;
      onLine(line);
    }
    if (from >= piece.length) return;
    pieces.push(piece.subarray(from));
    length += piece.length - from;
    if (length > longest) throw new RangeError("A line is too long.");
  };
}

function isFrameType(type: number): type is FrameType {
  return Object.values<number>(FRAME).includes(type);
}
