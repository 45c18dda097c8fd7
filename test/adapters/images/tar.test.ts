import { createReadStream } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";

import tar from "tar-stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { listLayer, readTar, writeTree } from "../../../server/adapters/images/tar.ts";
import {
  addEntry,
  addTarEntry,
  directory,
  file,
  HostileEntryError,
  symlink,
  type Tree,
} from "../../../server/core/images/tree.ts";

type EntryHeader = Parameters<tar.Pack["entry"]>[0];

const never = new AbortController().signal;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "shipgate-tar-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A tar with one entry, whatever the entry says. */
function tarOf(header: EntryHeader, content = ""): Readable {
  const pack = tar.pack();
  pack.entry(header, content);
  pack.finalize();
  return Readable.from(pack);
}

async function readInto(stream: Readable): Promise<Tree> {
  const tree: Tree = new Map();
  await readTar(
    stream,
    never,
    ({ type }) => type === "file",
    (header, content) => addTarEntry(tree, header, content),
  );
  return tree;
}

function sample(order: readonly number[]): Tree {
  const entries = [
    file("usr/bin/node", Buffer.from("node"), 0o755),
    symlink("bin", "usr/bin"),
    { ...directory("tmp"), mode: 0o1777 },
    { ...directory("home/box"), uid: 65_532, gid: 65_532, mode: 0o700 },
    file(`usr/share/${"long/".repeat(60)}name`, Buffer.from("x")),
    file("usr/share/ünïcode", Buffer.from("y")),
  ];
  const tree: Tree = new Map();
  for (const index of order) {
    const entry = entries[index];
    if (entry) addEntry(tree, entry);
  }
  return tree;
}

function write(tree: Tree, name: string): ReturnType<typeof writeTree> {
  return writeTree(
    tree,
    1_700_000_000,
    join(folder, `${name}.tmp`),
    () => join(folder, name),
    never,
  );
}

describe("readTar", () => {
  test.for<[string, EntryHeader]>([
    ["a path that leaves the root", { name: "../../etc/cron.d/x" }],
    ["an absolute path", { name: "/etc/passwd" }],
    ["a device", { name: "dev/sda", type: "block-device", devmajor: 8, devminor: 0 }],
    ["a pipe", { name: "run/pipe", type: "fifo" }],
    ["a link that leaves the root", { name: "etc/x", type: "symlink", linkname: "../../../host" }],
    ["a hard link to the host", { name: "etc/x", type: "link", linkname: "/etc/shadow" }],
  ])("refuses %s", async ([, header]) => {
    await expect(readInto(tarOf(header))).rejects.toThrow(HostileEntryError);
  });

  test("drops special bits", async () => {
    const tree = await readInto(tarOf({ name: "./bin/su", mode: 0o6777 }, "x"));
    expect(tree.get("usr/bin/su")?.mode).toBe(0o755);
  });

  test("fails on a stream that breaks off", async () => {
    const whole = await tarOf({ name: "a" }, "x".repeat(5000)).toArray();
    const cut = Buffer.concat(whole as Buffer[]).subarray(0, 2000);
    await expect(readInto(Readable.from([cut]))).rejects.toThrow(/end of data/i);
  });

  test("fails on what is no tar", async () => {
    await expect(readInto(Readable.from([Buffer.alloc(2048, 7)]))).rejects.toThrow(/invalid tar/i);
  });

  test("passes on why its source failed", async () => {
    const source = new Readable({ read: () => source.destroy(new Error("disk on fire")) });
    await expect(readInto(source)).rejects.toThrow("disk on fire");
  });

  test("stops when it is told to", async () => {
    const controller = new AbortController();
    const endless = new Readable({ read() {} });
    const reading = readTar(
      endless,
      controller.signal,
      () => false,
      () => undefined,
    );
    controller.abort();
    await expect(reading).rejects.toMatchObject({ code: "cancelled" });
  });
});

describe("writeTree", () => {
  test("gives the same bytes whatever the order and the time", async () => {
    const first = await write(sample([0, 1, 2, 3, 4, 5]), "a");
    const second = await write(sample([5, 4, 3, 2, 1, 0]), "b");
    expect(second).toEqual(first);
  });

  test("gives other bytes for another mode", async () => {
    const tree = sample([0]);
    const first = await write(tree, "a");
    addEntry(tree, file("usr/bin/node", Buffer.from("node"), 0o700));
    expect((await write(tree, "b")).digest).not.toBe(first.digest);
  });

  test("writes what the audit reads back", async () => {
    await write(sample([0, 1, 2, 3, 4, 5]), "a");
    const listed = new Map(
      (await listLayer(join(folder, "a"), never)).map((entry) => [entry.path, entry]),
    );
    expect(listed.get("tmp")).toMatchObject({ type: "directory", mode: 0o1777 });
    expect(listed.get("usr/bin/node")).toMatchObject({ type: "file", mode: 0o755, size: 4 });
    expect(listed.get("bin")).toMatchObject({ type: "symlink" });
    expect(listed.has("usr/share/ünïcode")).toBe(true);
    expect(createReadStream(join(folder, "a")).readable).toBe(true);
  });

  test.for(["before it starts", "in the middle"])(
    "leaves nothing behind when it is cancelled %s",
    async (when) => {
      const controller = new AbortController();
      if (when === "before it starts") controller.abort();
      else setImmediate(() => controller.abort());
      const tree: Tree = new Map();
      for (let index = 0; index < 64; index += 1)
        addEntry(tree, file(`data/${index}`, new Uint8Array(1024 * 1024)));
      const writing = writeTree(
        tree,
        0,
        join(folder, "x.tmp"),
        () => join(folder, "x"),
        controller.signal,
      );
      await expect(writing).rejects.toMatchObject({ code: "cancelled" });
      expect(await readdir(folder)).toEqual([]);
    },
  );
});
