import type { Duplex } from "node:stream";

import type Docker from "dockerode";

/** The attached streams of a container; what was written before it started arrives when it starts. */
export interface Channel {
  readonly container: Docker.Container;
  write(data: Uint8Array | string): Promise<void>;
  /** Settles when the container's streams end, with the error where the way to it broke. */
  readonly closed: Promise<Error | null>;
  destroy(): void;
}

/** Attaches to a container before it is started, so that nothing it prints is missed. */
export async function attach(
  container: Docker.Container,
  onOutput: (piece: Buffer) => void,
  onErrors: (piece: Buffer) => void,
): Promise<Channel> {
  const stream = (await container.attach({
    stream: true,
    hijack: true,
    stdin: true,
    stdout: true,
    stderr: true,
  })) as Duplex;
  let end: (error: Error | null) => void = () => undefined;
  const closed = new Promise<Error | null>((resolve) => {
    end = resolve;
  });
  const demultiplex = createDemultiplexer(onOutput, onErrors);
  stream.on("data", (piece: Buffer) => {
    try {
      demultiplex(piece);
    } catch (error) {
      stream.destroy(error as Error);
    }
  });
  stream.on("error", (error) => end(error));
  stream.on("end", () => end(null));
  stream.on("close", () => end(null));
  return {
    container,
    closed,
    write: (data) => write(stream, data, closed),
    destroy: () => stream.destroy(),
  };
}

/**
 * Takes apart what an engine sends for a container without a terminal: eight bytes of head (stream,
 * three zeros, length), then the payload. Throws a RangeError for any other head.
 */
export function createDemultiplexer(
  onOutput: (piece: Buffer) => void,
  onErrors: (piece: Buffer) => void,
): (piece: Buffer) => void {
  let head: Buffer = Buffer.alloc(0);
  let left = 0;
  let target = onOutput;
  return (piece) => {
    let rest = piece;
    while (rest.length > 0) {
      if (left === 0) {
        const missing = 8 - head.length;
        head = Buffer.concat([head, rest.subarray(0, missing)]);
        rest = rest.subarray(missing);
        if (head.length < 8) return;
        target = targetOf(head.readUInt8(0), onOutput, onErrors);
        left = head.readUInt32BE(4);
        head = Buffer.alloc(0);
      }
      const part = rest.subarray(0, left);
      left -= part.length;
      rest = rest.subarray(part.length);
      if (part.length > 0) target(part);
    }
  };
}

function targetOf<T>(stream: number, output: T, errors: T): T {
  if (stream === 1) return output;
  if (stream === 2) return errors;
  throw new RangeError(`The engine sent a piece of stream ${stream}.`);
}

/** Waits for room; gives up quietly where the container ended, which is told by `closed`. */
async function write(
  stream: Duplex,
  data: Uint8Array | string,
  closed: Promise<unknown>,
): Promise<void> {
  if (stream.destroyed || stream.write(data)) return;
  await Promise.race([new Promise((resolve) => stream.once("drain", resolve)), closed]);
}
