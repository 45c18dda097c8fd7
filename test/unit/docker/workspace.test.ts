import { Readable } from "node:stream";

import { extract } from "tar-stream";
import { describe, expect, test } from "vitest";

import {
  linkStaysInside,
  packWorkspace,
  planWorkspace,
} from "../../../server/adapters/docker/workspace.ts";
import { openRepository } from "../../../server/adapters/git/repository.ts";
import type { TreeEntry } from "../../../server/engine/ports.ts";
import { quiet } from "../../adapters/quiet-log.ts";
import { makeRepository } from "../../adapters/scratch-repository.ts";

const LIMITS = {
  memoryBytes: 1,
  cpus: 1,
  pids: 1,
  timeoutMs: 1,
  outputBytes: 1,
  workspaceBytes: 20_000,
  workspaceFiles: 5,
};
const never = new AbortController().signal;

const entry = (path: string, more: Partial<TreeEntry> = {}): TreeEntry => ({
  path,
  mode: "100644",
  blob: "1".repeat(40),
  size: 1,
  ...more,
});

describe("planWorkspace", () => {
  test("names every directory once and leaves submodules out with a note", () => {
    const plan = planWorkspace(
      [entry("a/b/c.txt"), entry("a/b/d.txt"), entry("vendor/lib", { mode: "160000", size: 0 })],
      LIMITS,
    );
    expect(plan.directories).toEqual(["a", "a/b"]);
    expect(plan.entries.map(({ path }) => path)).toEqual(["a/b/c.txt", "a/b/d.txt"]);
    expect(plan.notes).toEqual(["The submodule vendor/lib is not in the box."]);
  });

  test.for(["/etc/passwd", "../up", "a/../../b", "a//b", "./a", "", "a\0b"])(
    "refuses the path %j",
    (path) => {
      expect(() => planWorkspace([entry(path)], LIMITS)).toThrow(
        expect.objectContaining({ code: "bad-input" }),
      );
    },
  );

  test("refuses a tree that has more bytes or files than the box takes, before a byte is sent", () => {
    const tooLarge = [entry("a", { size: 20_001 })];
    const tooMany = ["a", "b", "c", "d/e", "f"].map((path) => entry(path));
    for (const tree of [tooLarge, tooMany]) {
      expect(() => planWorkspace(tree, LIMITS)).toThrow(
        expect.objectContaining({ code: "bad-input" }),
      );
    }
  });
});

describe("linkStaysInside", () => {
  test.for([
    ["a", "b", true],
    ["deep/er/link", "../../top", true],
    ["deep/er/link", "../../../top", false],
    ["link", "..", false],
    ["link", "a/../..", false],
    ["link", "/etc/passwd", false],
    ["link", "", false],
    ["link", "a\0b", false],
    ["a/link", ".", true],
  ] as const)("%s -> %j: %s", ([path, target, inside]) => {
    expect(linkStaysInside(path, target)).toBe(inside);
  });
});

describe("packWorkspace", () => {
  test("packs files with their modes for the box's user, and leaves out links that leave", async () => {
    const { root, git, write, commitAll } = makeRepository();
    write("src/run.sh", "#!/bin/sh\n");
    write("same-content", "#!/bin/sh\n");
    write("empty", "");
    write(`${"long".repeat(60)}/${"name".repeat(40)}`, "x");
    commitAll();
    git("update-index", "--chmod=+x", "src/run.sh");
    for (const [path, target] of [
      ["in", "src/run.sh"],
      ["out", "../../etc/passwd"],
    ] as const) {
      write("target", target);
      const blob = git("hash-object", "-w", "target").trim();
      git("update-index", "--add", "--cacheinfo", `120000,${blob},${path}`);
    }
    const tree = git("write-tree").trim();
    const repository = await openRepository(root, { log: quiet });
    const limits = { ...LIMITS, workspaceBytes: 1_000_000, workspaceFiles: 100 };
    const plan = planWorkspace(await repository.listTree(tree, never), limits);
    const notes: string[] = [];
    const seen = new Map<string, string>();
    const reader = extract();
    const note = (text: string): void => void notes.push(text);
    Readable.from(packWorkspace(repository, plan, never, note)).pipe(reader);
    for await (const one of reader) {
      const { name, type, mode, uid, gid, size, linkname } = one.header;
      expect([uid, gid]).toEqual([65_532, 65_532]);
      seen.set(name, `${type} ${mode?.toString(8)} ${linkname ?? size}`);
      one.on("data", () => undefined);
    }
    expect(Object.fromEntries(seen)).toEqual({
      "src/": "directory 755 0",
      [`${"long".repeat(60)}/`]: "directory 755 0",
      empty: "file 644 0",
      in: "symlink 777 src/run.sh",
      [`${"long".repeat(60)}/${"name".repeat(40)}`]: "file 644 1",
      "same-content": "file 644 10",
      "src/run.sh": "file 755 10",
    });
    expect(notes).toEqual(["The link out leaves the tree and is not in the box."]);
  });

  test("fails where the repository fails, and does not end as if it were whole", async () => {
    const { root } = makeRepository();
    const repository = await openRepository(root, { log: quiet });
    const plan = { directories: [], entries: [entry("a", { blob: "0".repeat(40) })], notes: [] };
    const read = async (): Promise<void> => {
      for await (const _ of packWorkspace(repository, plan, never, () => undefined));
    };
    await expect(read()).rejects.toThrow();
  });
});
