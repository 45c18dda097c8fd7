import { execFileSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterEach, describe, expect, test, vi } from "vitest";

import { openRepository } from "../../server/adapters/git/repository.ts";
import { quiet } from "./quiet-log.ts";
import { makeFolder, makeRepository } from "./scratch-repository.ts";

const signal = new AbortController().signal;
const open = (directory: string) => openRepository(directory, { log: quiet });

afterEach(() => vi.unstubAllEnvs());

describe("openRepository", () => {
  test("opens from a folder deep inside, and through nothing but plain paths", async () => {
    const repo = makeRepository();
    repo.write("a/b/c.txt", "c\n");
    const repository = await open(join(repo.root, "a/b"));
    expect(repository.root).toBe(repo.root);
    expect(repository.stateDir).toBe(join(repo.root, ".git/shipgate"));
  });

  test("says so where there is no repository, no folder, or no working tree", async () => {
    const folder = makeFolder();
    await expect(open(folder)).rejects.toMatchObject({
      code: "not-a-repository",
      remedy: expect.stringContaining("git init"),
    });
    await expect(open(join(folder, "missing"))).rejects.toMatchObject({
      code: "not-a-repository",
      message: expect.stringContaining("There is no folder"),
    });
    const bare = makeRepository({ init: ["--bare"] });
    await expect(open(bare.root)).rejects.toMatchObject({
      code: "not-a-repository",
      message: expect.stringContaining("without a working tree"),
    });
    const repo = makeRepository();
    await expect(open(join(repo.root, ".git"))).rejects.toMatchObject({
      code: "not-a-repository",
    });
  });

  test("says so where git is not installed", async () => {
    const folder = makeFolder();
    vi.stubEnv("PATH", folder);
    await expect(open(folder)).rejects.toMatchObject({
      code: "git-missing",
      remedy: expect.stringContaining("Install git"),
    });
  });

  test("says so where git is too old", async () => {
    const folder = makeFolder();
    writeFileSync(
      join(folder, "git"),
      '#!/bin/sh\nfor a; do [ "$a" = version ] && { echo "git version 2.20.1"; exit 0; }; done\nexit 129\n',
      { mode: 0o755 },
    );
    vi.stubEnv("PATH", `${folder}:${process.env["PATH"]}`);
    await expect(open(makeFolder())).rejects.toMatchObject({
      code: "git-missing",
      message: expect.stringContaining("2.20.1 is too old"),
    });
  });

  test.skipIf(process.getuid?.() !== 0)(
    "names the setting where git does not trust the owner (skipped unless root: it must change an owner)",
    async () => {
      const repo = makeRepository();
      chownSync(repo.root, 12_345, 12_345);
      chownSync(join(repo.root, ".git"), 12_345, 12_345);
      await expect(open(repo.root)).rejects.toMatchObject({
        code: "not-a-repository",
        message: expect.stringContaining("belongs to another user"),
        remedy: expect.stringContaining("safe.directory"),
      });
    },
  );

  test("opens a repository without commits, which has no change to read", async () => {
    const repo = makeRepository();
    repo.write("a.txt", "a\n");
    const repository = await open(repo.root);
    await expect(repository.readChange({}, signal)).rejects.toMatchObject({ code: "no-commits" });
  });

  test("is not led astray by git's variables in the environment", async () => {
    const repo = makeRepository();
    repo.commitAll();
    const other = makeRepository();
    vi.stubEnv("GIT_DIR", join(other.root, ".git"));
    vi.stubEnv("GIT_WORK_TREE", other.root);
    vi.stubEnv("GIT_INDEX_FILE", join(other.root, "none"));
    vi.stubEnv("GIT_CONFIG_COUNT", "x");
    const repository = await open(repo.root);
    expect(repository.root).toBe(repo.root);
    expect((await repository.readChange({}, signal)).files).toEqual([]);
  });
});

describe("blobs", () => {
  test("are kept in Shipgate's own store and read back in the order asked for", async () => {
    const repo = makeRepository();
    const repository = await open(repo.root);
    const contents = [Buffer.alloc(300_000, 7), Buffer.from(""), Buffer.from("a\nb\0\n")];
    const blobs: string[] = [];
    for (const content of contents) blobs.push(await repository.keepBlob(content));
    const asked = [...blobs.toReversed(), blobs[0] ?? ""];
    const read: { blob: string; content: Uint8Array }[] = [];
    for await (const item of repository.readBlobs(asked, signal)) read.push(item);
    expect(read.map(({ blob }) => blob)).toEqual(asked);
    expect(Buffer.from(read[0]?.content ?? []).equals(contents[2] ?? Buffer.alloc(1))).toBe(true);
    expect(Buffer.from(read[3]?.content ?? []).equals(contents[0] ?? Buffer.alloc(1))).toBe(true);
    expect(repo.git("count-objects")).toBe("0 objects, 0 kilobytes");
    expect(existsSync(join(repository.stateDir, "objects"))).toBe(true);
  });

  test("are kept byte for byte, whatever the attributes say", async () => {
    const repo = makeRepository();
    repo.write(".gitattributes", "* text eol=lf ident\n");
    const repository = await open(repo.root);
    const content = Buffer.from("$Id$\r\n");
    const blob = await repository.keepBlob(content);
    expect((await repository.readTexts([blob], signal)).get(blob)).toBe("$Id$\r\n");
  });

  test("a missing one is an error when contents are asked for, and missing among texts", async () => {
    const repo = makeRepository();
    const repository = await open(repo.root);
    const missing = "1".repeat(40);
    expect((await repository.readTexts([missing], signal)).size).toBe(0);
    await expect(
      (async () => {
        for await (const _ of repository.readBlobs([missing], signal));
      })(),
    ).rejects.toMatchObject({ code: "git-failed" });
  });

  test.for(["", "HEAD", `${"1".repeat(40)}\n`, "--batch-all-objects", "a b"])(
    "%j is not taken for an id",
    async (id) => {
      const repository = await open(makeRepository().root);
      await expect(repository.readTexts([id], signal)).rejects.toMatchObject({ code: "bad-input" });
      await expect(repository.listTree(id, signal)).rejects.toMatchObject({ code: "bad-input" });
    },
  );

  test("reading stops when it is cancelled, and when the reader has had enough", async () => {
    const repo = makeRepository();
    const repository = await open(repo.root);
    const blob = await repository.keepBlob(Buffer.alloc(4_000_000, 1));
    const many = Array.from({ length: 200 }, () => blob);
    for await (const item of repository.readBlobs(many, signal)) {
      expect(item.blob).toBe(blob);
      break;
    }
    const stop = new AbortController();
    await expect(
      (async () => {
        for await (const _ of repository.readBlobs(many, stop.signal)) stop.abort();
      })(),
    ).rejects.toMatchObject({ code: "cancelled" });
    await expect(repository.readChange({}, AbortSignal.abort())).rejects.toThrow(/abort|cancel/iu);
  });
});

describe("listTree", () => {
  test("names every file with mode, size and any path", async () => {
    const repo = makeRepository();
    repo.write("a b/ü\n.txt", "12345");
    mkdirSync(join(repo.root, "bytes"));
    execFileSync("sh", ["-c", String.raw`printf x > "$(printf 'bytes/caf\351')"`], {
      cwd: repo.root,
    });
    repo.commitAll();
    const repository = await open(repo.root);
    const entries = await repository.listTree(repo.git("rev-parse", "HEAD^{tree}"), signal);
    expect(entries.map(({ path, mode, size }) => [path, mode, size])).toEqual([
      ["a b/ü\n.txt", "100644", 5],
      ["bytes/caf\\xe9", "100644", 1],
    ]);
  });
});

describe("findInTree", () => {
  test("gives files at exactly these paths, and no folder, pattern or magic", async () => {
    const repo = makeRepository();
    for (const path of ["a.txt", "b/c.txt", "b/[x].txt", ":(top)a.txt", "-r"])
      repo.write(path, path);
    repo.commitAll();
    const repository = await open(repo.root);
    const tree = repo.git("rev-parse", "HEAD^{tree}");
    const find = async (...paths: readonly string[]) =>
      (await repository.findInTree(tree, paths, signal)).map(({ path }) => path).toSorted();
    expect(await find("a.txt", "b/c.txt", "none.txt")).toEqual(["a.txt", "b/c.txt"]);
    expect(await find("b/[x].txt", ":(top)a.txt", "-r")).toEqual([
      "-r",
      ":(top)a.txt",
      "b/[x].txt",
    ]);
    expect(await find("b", "b/", "*", "", ".", "../a.txt", "/a.txt")).toEqual([]);
    const many = Array.from({ length: 500 }, (_, index) => `missing/${index}`);
    expect(await find(...many, "a.txt")).toEqual(["a.txt"]);
  });
});
