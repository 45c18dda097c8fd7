import { execFileSync } from "node:child_process";
import {
  chmodSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { createDemultiplexer } from "../../../server/adapters/docker/channel.ts";
import { readKeeperMessage } from "../../../server/adapters/docker/keeper-client.ts";
import { denyQuestion, readQuestion } from "../../../server/adapters/docker/keeper/names.ts";
import { readPacket } from "../../../server/adapters/docker/keeper/packets.ts";
import {
  createFrameReader,
  createLineReader,
  FRAME,
  LONGEST_FRAME,
  packFrame,
} from "../../../server/adapters/docker/keeper/protocol.ts";
import { compareTrees, readTree } from "../../../server/adapters/docker/keeper/tree.ts";
import { makeFolder } from "../../adapters/scratch-repository.ts";

/** A buffer cut into pieces at given places. */
function cut(whole: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map((place) => place % (whole.length + 1)))].toSorted(
    (a, b) => a - b,
  );
  return [0, ...at].map((from, index) => whole.subarray(from, at[index] ?? whole.length));
}

const places = fc.array(fc.nat(10_000), { maxLength: 20 });
const bytes = fc.uint8Array({ maxLength: 500 });

describe("createFrameReader", () => {
  test("gives back every frame, wherever the stream is cut", () => {
    const frame = fc.record({ type: fc.constantFrom(...Object.values(FRAME)), payload: bytes });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 8 }), places, (frames, at) => {
        const whole = Buffer.concat(frames.map(({ type, payload }) => packFrame(type, payload)));
        const read: { type: number; payload: Uint8Array }[] = [];
        const reader = createFrameReader((type, payload) => {
          read.push({ type, payload: new Uint8Array(payload) });
        });
        for (const piece of cut(whole, at)) reader(piece);
        expect(read).toEqual(frames);
      }),
    );
  });

  test("refuses an unknown type and a payload that is too large before it comes", () => {
    const reader = () => createFrameReader(() => undefined);
    expect(() => reader()(Buffer.from([9, 0, 0, 0, 0]))).toThrow(RangeError);
    expect(() => reader()(Buffer.from([1, 0xff, 0xff, 0xff, 0xff]))).toThrow(RangeError);
    expect(() => packFrame(1, Buffer.alloc(LONGEST_FRAME + 1))).toThrow(RangeError);
  });

  test("never does anything but give frames or throw RangeError on any bytes", () => {
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 10 }), (pieces) => {
        const reader = createFrameReader(() => undefined);
        try {
          for (const piece of pieces) reader(Buffer.from(piece));
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
    );
  });
});

describe("createLineReader", () => {
  test("gives the lines of a stream, wherever it is cut, characters included", () => {
    const line = fc
      .string({ unit: "grapheme", maxLength: 40 })
      .filter((text) => !text.includes("\n"));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 10 }), places, (lines, at) => {
        const read: string[] = [];
        const reader = createLineReader((text) => read.push(text), 10_000);
        for (const piece of cut(Buffer.from(lines.map((text) => `${text}\n`).join("")), at))
          reader(piece);
        expect(read).toEqual(lines);
      }),
    );
  });

  test("gives up a line that does not end", () => {
    const reader = createLineReader(() => undefined, 100);
    reader(Buffer.alloc(100, 65));
    expect(() => reader(Buffer.alloc(1, 65))).toThrow(RangeError);
    expect(() => createLineReader(() => undefined, 10)(Buffer.from(`${"x".repeat(11)}\n`))).toThrow(
      RangeError,
    );
  });
});

describe("readKeeperMessage", () => {
  test("reads what a keeper says and throws on everything else", () => {
    const packet = { kind: "packet", protocol: "tcp", address: "192.0.2.1", port: 9, count: 1 };
    expect(readKeeperMessage(JSON.stringify(packet))).toEqual(packet);
    for (const wrong of [
      "",
      "[]",
      '{"kind":"other"}',
      JSON.stringify({ ...packet, port: 70_000 }),
      JSON.stringify({ ...packet, address: "evil\u001b[31m" }),
      JSON.stringify({ ...packet, count: -1 }),
    ]) {
      expect(() => readKeeperMessage(wrong)).toThrow();
    }
    fc.assert(
      fc.property(fc.json(), (text) => {
        try {
          expect(["ready", "loaded", "packet", "lookup", "change", "compared", "failed"]).toContain(
            readKeeperMessage(text).kind,
          );
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
    );
  });
});

describe("createDemultiplexer", () => {
  test("separates two streams, wherever the connection is cut", () => {
    const piece = fc.record({ stream: fc.constantFrom(1, 2), payload: bytes });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), places, (pieces, at) => {
        const whole = pieces.map(({ stream, payload }) => {
          const head = Buffer.alloc(8);
          head.writeUInt8(stream, 0);
          head.writeUInt32BE(payload.length, 4);
          return Buffer.concat([head, payload]);
        });
        const read: Record<number, Buffer[]> = { 1: [], 2: [] };
        const reader = createDemultiplexer(
          (part) => read[1]?.push(part),
          (part) => read[2]?.push(part),
        );
        for (const part of cut(Buffer.concat(whole), at)) reader(part);
        for (const stream of [1, 2]) {
          const sent = pieces.filter((one) => one.stream === stream).map(({ payload }) => payload);
          expect(Buffer.concat(read[stream] ?? [])).toEqual(Buffer.concat(sent));
        }
      }),
    );
  });

  test("refuses a stream that does not exist", () => {
    const reader = createDemultiplexer(
      () => undefined,
      () => undefined,
    );
    expect(() => reader(Buffer.from([7, 0, 0, 0, 0, 0, 0, 1, 65]))).toThrow(RangeError);
  });
});

/** A DNS question as a resolver sends it. */
function question(labels: readonly Buffer[], type: number): Buffer {
  const head = Buffer.from([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  const name = labels.flatMap((label) => [Buffer.from([label.length]), label]);
  return Buffer.concat([head, ...name, Buffer.from([0, type >> 8, type & 255, 0, 1])]);
}

describe("readQuestion", () => {
  test("reads name and type, and shows bytes that no name has", () => {
    const ask = (type: number, ...labels: string[]) =>
      readQuestion(
        question(
          labels.map((label) => Buffer.from(label, "latin1")),
          type,
        ),
      );
    expect(ask(1, "www", "example", "com")).toMatchObject({ name: "www.example.com", type: "A" });
    expect(ask(28, "x_y-z")).toMatchObject({ name: "x_y-z", type: "AAAA" });
    expect(ask(4242, "a\u001b.b\n")).toMatchObject({
      name: String.raw`a\027\046b\010`,
      type: "TYPE4242",
    });
  });

  test("is never led astray by any bytes, and answers what it read with NXDOMAIN", () => {
    fc.assert(
      fc.property(bytes, (message) => {
        const read = readQuestion(Buffer.from(message));
        if (!read) return;
        const answer = denyQuestion(Buffer.from(message), read.end);
        expect(answer.length).toBe(read.end);
        expect(answer.readUInt16BE(0)).toBe(Buffer.from(message).readUInt16BE(0));
        expect((answer[2] ?? 0) & 0x80).toBe(0x80);
        expect((answer[3] ?? 0) & 15).toBe(3);
      }),
      { numRuns: 2000 },
    );
  });

  test("reads neither answers, nor pointers, nor names that do not end", () => {
    const whole = question([Buffer.from("a")], 1);
    expect(readQuestion(whole.subarray(0, -1))).toBeNull();
    expect(readQuestion(Buffer.from(whole).fill(0x80, 2, 3))).toBeNull();
    expect(readQuestion(Buffer.from(whole).fill(0xc0, 12, 13))).toBeNull();
    expect(readQuestion(question(Array(5).fill(Buffer.alloc(63, 97)), 1))).toBeNull();
  });
});

describe("readPacket", () => {
  test.for([
    [
      "IP 192.0.2.7.51896 > 192.0.2.7.443: tcp 0",
      { protocol: "tcp", address: "192.0.2.7", port: 443 },
    ],
    [
      "IP6 ::1.51896 > 2001:db8::7.25: tcp 0",
      { protocol: "tcp", address: "2001:db8::7", port: 25 },
    ],
    [
      "IP 192.0.2.7.1 > 192.0.2.7.53: UDP, length 10",
      { protocol: "udp", address: "192.0.2.7", port: 53 },
    ],
  ] as const)("reads %s", ([line, attempt]) => {
    expect(readPacket(line)).toEqual(attempt);
  });

  test.for([
    "",
    "IP truncated",
    "IP a > b: tcp",
    "IP 1.2.3.4.5 > 999.2.3.4.5: tcp 0",
    "IP 1.1.1.1.1 > 1.1.1.1.99999: tcp 0",
  ])("reads nothing in %j", (line) => {
    expect(readPacket(line)).toBeNull();
  });
});

describe("compareTrees", () => {
  /** What changes in a folder while something is done to it. */
  function changesOf(prepare: (root: string) => void, act: (root: string) => void): string[] {
    const root = makeFolder();
    prepare(root);
    const before = readTree(root);
    act(root);
    return compareTrees(before, readTree(root)).map(
      ({ operation, path, type }) => `${operation} ${type} ${path}`,
    );
  }

  test("tells added, modified and deleted files, links and special files", () => {
    const changes = changesOf(
      (root) => {
        for (const name of ["same", "edit", "gone", "mode", "turns"])
          writeFileSync(join(root, name), "1");
        symlinkSync("same", join(root, "link"));
      },
      (root) => {
        writeFileSync(join(root, "edit"), "2");
        rmSync(join(root, "gone"));
        chmodSync(join(root, "mode"), 0o755);
        rmSync(join(root, "turns"));
        symlinkSync("/etc", join(root, "turns"));
        rmSync(join(root, "link"));
        symlinkSync("edit", join(root, "link"));
        mkdirSync(join(root, "sub"));
        linkSync(join(root, "same"), join(root, "sub", "hard"));
        execFileSync("mkfifo", [join(root, "pipe")]);
      },
    );
    expect(changes).toEqual([
      "modified file edit",
      "deleted file gone",
      "modified link link",
      "modified file mode",
      "added special pipe",
      "added file sub/hard",
      "modified link turns",
    ]);
  });

  test("does not follow a link that turned into the way out, nor into itself", () => {
    const changes = changesOf(
      (root) => mkdirSync(join(root, "a")),
      (root) => {
        rmSync(join(root, "a"), { recursive: true });
        symlinkSync("/proc", join(root, "a"));
        symlinkSync(".", join(root, "b"));
      },
    );
    expect(changes).toEqual(["added link a", "added link b"]);
  });

  test("does not read a terabyte of nothing", () => {
    const changes = changesOf(
      (root) => writeFileSync(join(root, "a"), "x"),
      (root) => {
        writeFileSync(join(root, "huge"), "");
        truncateSync(join(root, "huge"), 2 ** 40);
      },
    );
    expect(changes).toEqual(["added file huge"]);
  });

  test("keeps names apart that differ only in bytes that are no text", () => {
    const changes = changesOf(
      () => undefined,
      (root) => {
        for (const byte of [0xfe, 0xff]) {
          writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([byte])]), "");
        }
      },
    );
    expect(changes).toEqual(["added file \u{fffd}fe", "added file \u{fffd}ff"]);
  });

  test("goes on where a path is longer than the kernel takes", () => {
    const changes = changesOf(
      () => undefined,
      (root) => {
        const part = "d".repeat(200);
        for (let depth = 0; depth < 30; depth += 1) {
          const moved = join(root, `next${depth}`);
          mkdirSync(moved);
          if (depth > 0) renameSync(join(root, part), join(moved, part));
          renameSync(moved, join(root, part));
        }
      },
    );
    expect(changes).toHaveLength(1);
    expect(changes[0]).toMatch(/^added special d/);
  });
});
