import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import tar from "tar-stream";
import { beforeEach, describe, expect, test } from "vitest";

import { packTree, type TreeLimits } from "../../../server/adapters/docker/package-tree.ts";
import type { PlannedLink } from "../../../server/core/install/plan.ts";
import { makePackage, type MadePackage, packageOf } from "./loopback-registry.ts";

const ROOMY: TreeLimits = { bytes: 1_000_000, files: 100 };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "shipgate-tree-"));
  return () => rm(folder, { recursive: true, force: true });
});

/** Packs packages and gives back what the archive holds: path, mode, and text or link target. */
async function treeOf(
  packages: readonly MadePackage[],
  links: readonly PlannedLink[] = [],
  limits = ROOMY,
  signal = new AbortController().signal,
): Promise<string[]> {
  const open = async ({ name }: { name: string }): Promise<string> => {
    const path = join(folder, "package.tgz");
    await writeFile(path, packages.find((each) => each.name === name)?.tarball ?? "");
    return path;
  };
  const plan = {
    packages: packages.map(({ name, version, integrity }) => ({
      path: name,
      name,
      version,
      integrity,
    })),
    links,
    scripts: [],
  };
  const pack = tar.pack();
  const packed = packTree(plan, open, pack, limits, signal).catch((error: unknown) => {
    pack.destroy(error as Error);
    throw error;
  });
  const extract = tar.extract();
  const listed = (async () => {
    const found: string[] = [];
    for await (const entry of extract) {
      const { name, mode, type, linkname, uid, gid } = entry.header;
      const pieces: Uint8Array[] = [];
      for await (const piece of entry as AsyncIterable<Uint8Array>) pieces.push(piece);
      const text = type === "symlink" ? `-> ${linkname}` : Buffer.concat(pieces).toString();
      found.push(`${uid}:${gid} ${(mode ?? 0).toString(8)} ${name} ${text}`);
    }
    return found;
  })();
  pack.pipe(extract);
  pack.on("error", (error) => extract.destroy(error));
  const [size, list] = await Promise.allSettled([packed, listed]);
  if (size.status === "rejected") throw size.reason;
  if (list.status === "rejected") throw list.reason;
  return list.value;
}

const manifest = (name: string): string =>
  `0:0 644 ${name}/package.json {"name":"${name}","version":"1.0.0"}`;

describe("packTree", () => {
  test("puts each package at its place, owned by root, programs runnable, links last", async () => {
    const one = await makePackage("one", "1.0.0", { "cli.js": "#!", "lib/a.js": "a" });
    const two = await makePackage("two", "1.0.0", {}, [
      { name: "package/run", mode: 0o4777, uid: 7, content: "r" },
    ]);
    expect(await treeOf([one, two], [{ path: ".bin/one", to: "../one/cli.js" }])).toEqual([
      manifest("one"),
      "0:0 755 one/cli.js #!",
      "0:0 644 one/lib/a.js a",
      manifest("two"),
      "0:0 755 two/run r",
      "0:0 777 .bin/one -> ../one/cli.js",
    ]);
  });

  test("takes whatever the top folder is called, and files of many sizes", async () => {
    const big = "x".repeat(300_000);
    const one = await makePackage("one", "1.0.0", {}, [
      { name: "other-name/big.js", content: big },
    ]);
    expect(await treeOf([one])).toContain(`0:0 644 one/big.js ${big}`);
  });

  test("leaves out links, devices and folders of a package", async () => {
    const raw = [
      { name: "package/link", type: "symlink" as const, linkname: "/etc/passwd" },
      { name: "package/hard", type: "link" as const, linkname: "package/package.json" },
      { name: "package/device", type: "character-device" as const },
      { name: "package/folder", type: "directory" as const },
    ];
    expect(await treeOf([await makePackage("one", "1.0.0", {}, raw)])).toEqual([manifest("one")]);
  });
});

describe("packTree on hostile packages", () => {
  test.for([
    "package/../../etc/cron.d/x",
    "../x",
    "/etc/x",
    "package/..",
    "package/a\\..\\b",
    "package",
    `package/${"a/".repeat(600)}b`,
  ])("refuses the path %s", async (name) => {
    const one = await makePackage("one", "1.0.0", {}, [{ name, content: "x" }]);
    await expect(treeOf([one])).rejects.toMatchObject({ code: "bad-input" });
  });

  test.for([
    ["no gzip", Buffer.from("hello")],
    ["no tar", gzipSync(Buffer.alloc(2000, "x"))],
    ["cut off", gzipSync(Buffer.alloc(2000)).subarray(0, 20)],
  ] as const)("refuses what is %s", async ([, tarball]) => {
    await expect(treeOf([packageOf("one", "1.0.0", tarball)])).rejects.toMatchObject({
      code: "bad-input",
    });
  });

  test("stops at too many bytes and at too many files", async () => {
    const bomb = await makePackage("bomb", "1.0.0", { big: "0".repeat(5_000_000) });
    await expect(treeOf([bomb])).rejects.toMatchObject({ code: "bad-input" });
    const files = Object.fromEntries(Array.from({ length: 120 }, (_, at) => [`f${at}`, ""]));
    await expect(treeOf([await makePackage("many", "1.0.0", files)])).rejects.toMatchObject({
      code: "bad-input",
    });
  });

  test("ends when it is stopped", async () => {
    const controller = new AbortController();
    controller.abort();
    const one = await makePackage("one", "1.0.0", { a: "a" });
    await expect(treeOf([one], [], ROOMY, controller.signal)).rejects.toThrow();
  });
});
