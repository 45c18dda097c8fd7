import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import tar from "tar-stream";
import { afterEach, describe, expect, test, vi } from "vitest";

import { openRepository } from "../../../server/adapters/git/repository.ts";
import { layerPath } from "../../../server/adapters/images/layers.ts";
import { makeAppLayer, makeDependencyLayer } from "../../../server/adapters/ship/app-layers.ts";
import { publicAddress, readHead } from "../../../server/adapters/ship/read-commit.ts";
import type { Digest } from "../../../server/core/digest.ts";
import { makePackage, startRegistry } from "../docker/loopback-registry.ts";
import { quiet } from "../quiet-log.ts";
import { makeFolder, makeRepository, type ScratchRepository } from "../scratch-repository.ts";

const signal = new AbortController().signal;
const EPOCH = 1_767_225_600;

afterEach(() => void vi.unstubAllEnvs());

/** What a layer holds: a line for each entry. */
async function listLayer(cacheDir: string, digest: Digest): Promise<readonly string[]> {
  const extract = tar.extract();
  extract.end(await readFile(layerPath(cacheDir, digest)));
  const lines: string[] = [];
  for await (const entry of extract) {
    const { linkname, mode, mtime, name, type, uid } = entry.header;
    const target = type === "symlink" ? ` -> ${linkname}` : "";
    lines.push(
      `${(mode ?? 0).toString(8)} ${uid} ${Math.floor((mtime?.getTime() ?? 0) / 1000)} ${name}${target}`,
    );
    entry.resume();
  }
  return lines;
}

async function layerOf({ root, git }: ScratchRepository) {
  const cacheDir = makeFolder();
  const repository = await openRepository(root, { log: quiet });
  const entries = await repository.listTree(git("rev-parse", "HEAD^{tree}"), signal);
  const layer = await makeAppLayer(repository, entries, EPOCH, { cacheDir, signal });
  return { ...layer, lines: await listLayer(cacheDir, layer.digest) };
}

/** Commits a link to a target that no file system has to allow. */
async function commitLink({ git }: ScratchRepository, path: string, target: string): Promise<void> {
  const file = join(makeFolder(), "target");
  await writeFile(file, target);
  const blob = git("hash-object", "-w", "--no-filters", file);
  git("update-index", "--add", "--cacheinfo", `120000,${blob},${path}`);
  git("commit", "-q", "-m", "Link");
}

describe("makeAppLayer", () => {
  test("takes the commit from git, not from the disk, and belongs to root", async () => {
    const made = makeRepository();
    made.write("src/server.js", "committed");
    made.write("run.sh", "#!");
    made.git("add", "-A");
    made.git("update-index", "--chmod=+x", "run.sh");
    made.git("commit", "-q", "-m", "One");
    made.write("src/server.js", "changed since, and longer");
    made.write("untracked.js", "not committed");
    const { lines, size } = await layerOf(made);
    expect(lines).toEqual([
      `755 0 ${EPOCH} app/`,
      `755 0 ${EPOCH} app/run.sh`,
      `755 0 ${EPOCH} app/src/`,
      `644 0 ${EPOCH} app/src/server.js`,
    ]);
    expect(size % 512).toBe(0);
  });

  test("gives the same bytes wherever and whenever it is made", async () => {
    const digests = new Set<string>();
    for (const name of ["a", "b"]) {
      const made = makeRepository();
      made.write("x/y.js", "same");
      made.commitAll(name);
      digests.add((await layerOf(made)).digest);
    }
    expect(digests.size).toBe(1);
  });

  test("keeps links inside the repository", async () => {
    const made = makeRepository();
    made.write("src/a.js", "a");
    made.commitAll();
    await commitLink(made, "lib/b.js", "../src/a.js");
    expect((await layerOf(made)).lines).toContain(`777 0 ${EPOCH} app/lib/b.js -> ../src/a.js`);
  });

  test.for(["/etc/passwd", "../outside", "a/../../../etc/passwd", "", "x\0y"])(
    "refuses a link to %j",
    async (target) => {
      const made = makeRepository();
      made.write("a.js", "a");
      made.commitAll();
      await commitLink(made, "link", target);
      await expect(layerOf(made)).rejects.toMatchObject({ code: "bad-input" });
    },
  );
});

describe("makeDependencyLayer", () => {
  test("unpacks packages below /app/node_modules, with npm's own time and no scripts run", async () => {
    const one = await makePackage("one", "1.0.0", { "index.js": "1", "bin/cli.js": "2" });
    const registry = await startRegistry([one]);
    vi.stubEnv("npm_config_registry", registry.url);
    vi.stubEnv("npm_config_userconfig", join(makeFolder(), "npmrc"));
    try {
      const cacheDir = makeFolder();
      const plan = {
        packages: [{ path: "one", ...one }],
        links: [{ path: ".bin/one", to: "../one/bin/cli.js" }],
        scripts: [],
      };
      const options = { cacheDir, tarballDir: makeFolder(), progress: () => undefined, signal };
      const layer = await makeDependencyLayer(plan, options);
      expect(await listLayer(cacheDir, layer.digest)).toEqual([
        "755 0 499162500 app/",
        "755 0 499162500 app/node_modules/",
        "755 0 499162500 app/node_modules/.bin/",
        "777 0 499162500 app/node_modules/.bin/one -> ../one/bin/cli.js",
        "755 0 499162500 app/node_modules/one/",
        "755 0 499162500 app/node_modules/one/bin/",
        "755 0 499162500 app/node_modules/one/bin/cli.js",
        "644 0 499162500 app/node_modules/one/index.js",
        "644 0 499162500 app/node_modules/one/package.json",
      ]);
      expect((await makeDependencyLayer(plan, options)).digest).toBe(layer.digest);
    } finally {
      await registry.close();
    }
  });
});

describe("readHead", () => {
  test("reads commit, tree, time, branch and source", async () => {
    const made = makeRepository();
    made.write("a", "a");
    const commit = made.commitAll();
    made.git("remote", "add", "origin", "https://ann:secret@git.example/shop/export.git?token=x");
    const repository = await openRepository(made.root, { log: quiet });
    const head = await readHead(repository, signal);
    expect(head).toMatchObject({
      commit,
      tree: made.git("rev-parse", "HEAD^{tree}"),
      branch: "main",
      source: "https://git.example/shop/export.git",
    });
    expect(Date.parse(head.time) / 1000).toBe(Number(made.git("show", "-s", "--format=%ct")));
    made.git("checkout", "-q", "--detach");
    expect(await readHead(repository, signal)).toMatchObject({ branch: null });
  });

  test("says that there is nothing to ship yet", async () => {
    const { root } = makeRepository();
    const repository = await openRepository(root, { log: quiet });
    await expect(readHead(repository, signal)).rejects.toMatchObject({ code: "no-commits" });
  });
});

describe("publicAddress", () => {
  test.for([
    ["https://git.example/a.git", "https://git.example/a.git"],
    ["https://token@git.example/a.git", "https://git.example/a.git"],
    ["git@git.example:shop/a.git", "ssh://git.example/shop/a.git"],
    ["ssh://git@git.example:2222/a.git", "ssh://git.example:2222/a.git"],
    ["/home/ann/a.git", null],
    ["../a.git", null],
    ["file:///home/ann/a.git", null],
    ["C:\\repos\\a", null],
    ["", null],
  ] as const)("of %j is %j", ([remote, expected]) => {
    expect(publicAddress(remote)).toBe(expected);
  });
});
