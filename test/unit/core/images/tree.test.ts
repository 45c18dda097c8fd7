import { array, assert, constantFrom, property } from "fast-check";
import { describe, expect, test } from "vitest";

import { pruneTree } from "../../../../server/core/images/prune.ts";
import {
  addTarEntry,
  checkLinkTarget,
  HostileEntryError,
  parentsOf,
  safePath,
  type TarHeader,
  type Tree,
} from "../../../../server/core/images/tree.ts";

const bytes = new TextEncoder().encode("content");

function header(name: string, fields: Partial<TarHeader> = {}): TarHeader {
  return { name, type: "file", mode: 0o644, linkname: null, ...fields };
}

function treeOf(...entries: readonly [string, Partial<TarHeader>?][]): Tree {
  const tree: Tree = new Map();
  for (const [name, fields] of entries) addTarEntry(tree, header(name, fields), bytes);
  return tree;
}

describe("safePath", () => {
  test.for([
    ["./usr/bin/node", "usr/bin/node"],
    ["usr//bin/./x/", "usr/bin/x"],
    ["./", ""],
    ["lib/x86_64-linux-gnu/libc.so.6", "usr/lib/x86_64-linux-gnu/libc.so.6"],
    ["sbin/ip", "usr/sbin/ip"],
    ["bin", "bin"],
    ["library/x", "library/x"],
  ])("makes %s %s", ([name = "", path = ""]) => {
    expect(safePath(name)).toBe(path);
  });

  test.for([
    "../etc/passwd",
    "usr/../../etc/passwd",
    "/etc/passwd",
    "a\0b",
    "a\nb",
    "x".repeat(1001),
  ])("refuses %j", (name) => {
    expect(() => safePath(name)).toThrow(HostileEntryError);
  });

  test("never gives a path that leaves the root", () => {
    const part = constantFrom("..", ".", "", "a", "lib", "bin", "b c", "/");
    assert(
      property(array(part, { maxLength: 8 }), (parts) => {
        let path: string;
        try {
          path = safePath(parts.join("/"));
        } catch (error) {
          return error instanceof HostileEntryError;
        }
        return !path.startsWith("/") && !path.split("/").includes("..");
      }),
    );
  });
});

describe("checkLinkTarget", () => {
  test.for([
    ["usr/bin/sh", "dash"],
    ["etc/os-release", "../usr/lib/os-release"],
    ["etc/mtab", "/proc/mounts"],
    ["usr/lib64/ld.so", "/lib/x86_64-linux-gnu/ld.so"],
  ])("lets %s point to %s", ([path = "", target = ""]) => {
    expect(() => checkLinkTarget(path, target)).not.toThrow();
  });

  test.for([
    ["usr/bin/sh", "../../../etc/shadow"],
    ["etc/x", "../a/../../b"],
    ["etc/x", "/../b"],
    ["etc/x", ""],
    ["etc/x", "a\0b"],
  ])("refuses %s to point to %j", ([path = "", target = ""]) => {
    expect(() => checkLinkTarget(path, target)).toThrow(HostileEntryError);
  });
});

describe("addTarEntry", () => {
  test("drops setuid, setgid, sticky and write permission for others, and makes root the owner", () => {
    const tree = treeOf(
      ["usr/bin/su", { mode: 0o7777 }],
      ["tmp/", { type: "directory", mode: 0o1777 }],
    );
    expect(tree.get("usr/bin/su")).toMatchObject({ mode: 0o755, uid: 0, gid: 0 });
    expect(tree.get("tmp")).toMatchObject({ mode: 0o755 });
  });

  test("makes the folders above an entry", () => {
    expect([...treeOf(["a/b/c"]).keys()].toSorted()).toEqual(["a", "a/b", "a/b/c"]);
    expect(parentsOf("a/b/c")).toEqual(["a", "a/b"]);
  });

  test("makes a copy of a hard link", () => {
    const tree = treeOf(
      ["usr/bin/git"],
      ["usr/lib/git-core/git", { type: "link", linkname: "./usr/bin/git" }],
    );
    expect(tree.get("usr/lib/git-core/git")).toMatchObject({ type: "file", content: bytes });
  });

  test.for(["character-device", "block-device", "fifo", "unknown"])("refuses a %s", (type) => {
    expect(() => treeOf(["dev/x", { type }])).toThrow(/only files, folders and links/);
  });

  test("refuses a hard link to a file that the package does not bring", () => {
    expect(() => treeOf(["a", { type: "link", linkname: "../../etc/shadow" }])).toThrow(
      HostileEntryError,
    );
    expect(() => treeOf(["a", { type: "link", linkname: "etc/shadow" }])).toThrow(
      HostileEntryError,
    );
  });

  test("refuses to write through a link", () => {
    const link = ["usr/share/x", { type: "symlink", linkname: "/etc" }] as const;
    expect(() => treeOf([...link], ["usr/share/x/passwd"])).toThrow(/lies below/);
  });

  test("refuses to put a link where a folder is, and a folder where a link is", () => {
    expect(() => treeOf(["a/b"], ["a", { type: "symlink", linkname: "etc" }])).toThrow(
      HostileEntryError,
    );
    expect(() =>
      treeOf(["a", { type: "symlink", linkname: "etc" }], ["a", { type: "directory" }]),
    ).toThrow(HostileEntryError);
  });

  test("does not let a package replace the links of merged /usr", () => {
    const tree = treeOf(["lib", { type: "symlink", linkname: "../evil" }], ["lib/a.so"]);
    expect([...tree.keys()]).not.toContain("lib");
    expect(tree.has("usr/lib/a.so")).toBe(true);
  });
});

describe("pruneTree", () => {
  test("takes out documentation, keeps licences, programs and links, drops empty folders", () => {
    const tree = treeOf(
      ["usr/share/doc/git/README"],
      ["usr/share/doc/git/copyright"],
      ["usr/share/doc/libx", { type: "symlink", linkname: "git" }],
      ["usr/share/man/man1/git.1.gz"],
      ["usr/share/mandatory"],
      ["usr/bin/git"],
      ["etc/shadow"],
      ["var/log/", { type: "directory" }],
      ["srv/empty/", { type: "directory" }],
    );
    pruneTree(tree);
    const left = [...tree.values()]
      .filter(({ type }) => type !== "directory")
      .map(({ path }) => path);
    expect(left.toSorted()).toEqual([
      "usr/bin/git",
      "usr/share/doc/git/copyright",
      "usr/share/doc/libx",
      "usr/share/mandatory",
    ]);
    expect(tree.has("srv")).toBe(false);
    expect(tree.has("usr/share/man")).toBe(false);
  });
});
