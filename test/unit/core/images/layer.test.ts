import { describe, expect, test } from "vitest";

import {
  addAccounts,
  addBaseLayout,
  addCertificateBundle,
  addPackageStatus,
  addPaths,
  extendOsRelease,
  osReleaseValue,
} from "../../../../server/core/images/layer.ts";
import { addEntry, file, symlink, type Tree } from "../../../../server/core/images/tree.ts";

function treeOf(files: Readonly<Record<string, string>>): Tree {
  const tree: Tree = new Map();
  for (const [path, text] of Object.entries(files)) addEntry(tree, file(path, Buffer.from(text)));
  return tree;
}

function textOf(tree: Tree, path: string): string | undefined {
  const entry = tree.get(path);
  return entry && Buffer.from(entry.content).toString("utf8");
}

describe("addCertificateBundle", () => {
  test("joins the certificates in the order of their names", () => {
    const tree = treeOf({
      "usr/share/ca-certificates/mozilla/B.crt": "B\n",
      "usr/share/ca-certificates/mozilla/A.crt": "A\n",
      "usr/share/ca-certificates/README": "no",
    });
    addCertificateBundle(tree);
    expect(textOf(tree, "etc/ssl/certs/ca-certificates.crt")).toBe("A\nB\n");
  });

  test("makes none without certificates", () => {
    const tree = treeOf({ "usr/bin/x": "" });
    addCertificateBundle(tree);
    expect(tree.has("etc/ssl/certs/ca-certificates.crt")).toBe(false);
  });
});

describe("addBaseLayout", () => {
  test("links the old names into /usr, lib64 only where it is needed", () => {
    const tree = treeOf({ "usr/lib64/ld.so": "" });
    addBaseLayout(tree);
    expect(tree.get("bin")).toMatchObject({ type: "symlink", target: "usr/bin" });
    expect(tree.get("lib64")).toMatchObject({ target: "usr/lib64" });
    const other: Tree = new Map();
    addBaseLayout(other);
    expect(other.has("lib64")).toBe(false);
  });
});

describe("addAccounts", () => {
  test("writes the recipe's accounts, without password or shell", () => {
    const tree: Tree = new Map();
    addAccounts(tree, {
      root: true,
      "run-as": "box",
      users: [{ name: "box", uid: 65_532, gid: 65_532, home: "/home/box" }],
      groups: [{ name: "box", gid: 65_532 }],
    });
    expect(textOf(tree, "etc/passwd")).toBe(
      "root:x:0:0:root:/root:/usr/sbin/nologin\nbox:x:65532:65532:box:/home/box:/usr/sbin/nologin\n",
    );
    expect(textOf(tree, "etc/group")).toBe("root:x:0:\nbox:x:65532:\n");
    expect(tree.has("etc/shadow")).toBe(false);
  });
});

describe("os-release", () => {
  test("keeps the distribution's own lines, so that scanners know it", () => {
    const tree = treeOf({ "usr/lib/os-release": 'ID=debian\nVERSION_ID="12"\n' });
    extendOsRelease(tree, { "variant-id": "shipgate", variant: "Hardened" });
    expect(textOf(tree, "usr/lib/os-release")).toBe(
      'ID=debian\nVERSION_ID="12"\nVARIANT="Hardened"\nVARIANT_ID="shipgate"\n',
    );
    expect(osReleaseValue(tree, "VERSION_ID")).toBe("12");
    expect(osReleaseValue(tree, "NAME")).toBeNull();
  });
});

describe("addPackageStatus", () => {
  test("writes one file per package where scanners look", () => {
    const tree: Tree = new Map();
    const locked = {
      name: "libc6",
      version: "2",
      architecture: "amd64",
      size: 1,
      sha256: "a".repeat(64),
    };
    addPackageStatus(tree, [{ locked, control: Buffer.from("Package: libc6\n"), md5sums: null }]);
    expect(textOf(tree, "var/lib/dpkg/status.d/libc6")).toBe("Package: libc6\n");
    expect(tree.has("var/lib/dpkg/status.d/libc6.md5sums")).toBe(false);
  });
});

describe("addPaths", () => {
  test("sets owner and mode, also of a folder that is there", () => {
    const tree = treeOf({ "home/box/.keep": "" });
    addPaths(tree, [
      { type: "directory", path: "/home/box", uid: 65_532, gid: 65_532, mode: "0700" },
      { type: "directory", path: "/tmp", uid: 0, gid: 0, mode: "1777" },
    ]);
    expect(tree.get("home/box")).toMatchObject({ uid: 65_532, gid: 65_532, mode: 0o700 });
    expect(tree.get("tmp")).toMatchObject({ mode: 0o1777 });
  });

  test("sets the mode of a file, and says so when it is missing", () => {
    const tree = treeOf({ "usr/bin/strace": "x" });
    addPaths(tree, [{ type: "file", path: "/bin/strace", mode: "0711" }]);
    expect(tree.get("usr/bin/strace")?.mode).toBe(0o711);
    expect(() => addPaths(tree, [{ type: "file", path: "/usr/bin/gone", mode: "0711" }])).toThrow(
      "which no package brings",
    );
  });

  test("refuses a folder where a package put a link, and a link that leaves the root", () => {
    const tree: Tree = new Map();
    addEntry(tree, symlink("app", "/etc"));
    expect(() =>
      addPaths(tree, [{ type: "directory", path: "/app", uid: 0, gid: 0, mode: "0755" }]),
    ).toThrow("is a folder and not a folder");
    expect(() => addPaths(tree, [{ type: "symlink", path: "/x", source: "../../etc" }])).toThrow(
      "points outside the root",
    );
  });
});
