import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";

import type { LockedPackage } from "./apt.ts";
import type { Recipe, RecipePath } from "./recipe.ts";
import {
  addEntry,
  checkLinkTarget,
  directory,
  file,
  HostileEntryError,
  safePath,
  symlink,
  type Tree,
} from "./tree.ts";

/** A package's own words about itself, kept where scanners look for them. */
export interface PackageStatus {
  readonly locked: LockedPackage;
  /** The package's `control` file. */
  readonly control: Uint8Array;
  /** The package's `md5sums` file, where it has one. */
  readonly md5sums: Uint8Array | null;
}

const BUNDLE = "etc/ssl/certs/ca-certificates.crt";
const OS_RELEASE = "usr/lib/os-release";

/** Joins the certificates that ca-certificates brings into the one bundle that its maintainer script would make. */
export function addCertificateBundle(tree: Tree): void {
  const certificates = [...tree.values()]
    .filter(
      ({ path, type }) => type === "file" && /^usr\/share\/ca-certificates\/.+\.crt$/.test(path),
    )
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
  if (certificates.length === 0) return;
  addEntry(tree, file(BUNDLE, concatBytes(...certificates.map(({ content }) => content))));
}

/** Writes each package into `/var/lib/dpkg/status.d`, as scanners of images without dpkg expect. */
export function addPackageStatus(tree: Tree, statuses: readonly PackageStatus[]): void {
  for (const { locked, control, md5sums } of statuses) {
    addEntry(tree, file(`var/lib/dpkg/status.d/${locked.name}`, control));
    if (md5sums) addEntry(tree, file(`var/lib/dpkg/status.d/${locked.name}.md5sums`, md5sums));
  }
}

/** The folders that every base has, merged /usr included, and how names are looked up. */
export function addBaseLayout(tree: Tree): void {
  for (const name of ["usr/bin", "usr/sbin", "usr/lib"]) addEntry(tree, directory(name));
  for (const name of ["bin", "sbin", "lib"]) addEntry(tree, symlink(name, `usr/${name}`));
  if (tree.has("usr/lib64")) addEntry(tree, symlink("lib64", "usr/lib64"));
  addEntry(
    tree,
    file("etc/nsswitch.conf", utf8ToBytes("passwd: files\ngroup: files\nhosts: files dns\n")),
  );
}

/** `/etc/passwd` and `/etc/group` with the recipe's accounts and nothing else; nobody has a password or a shell. */
export function addAccounts(tree: Tree, accounts: NonNullable<Recipe["accounts"]>): void {
  const root = accounts.root ? [{ name: "root", uid: 0, gid: 0, home: "/root" }] : [];
  const passwd = [...root, ...accounts.users].map(
    ({ name, uid, gid, home }) => `${name}:x:${uid}:${gid}:${name}:${home}:/usr/sbin/nologin\n`,
  );
  const groups = accounts.root ? [{ name: "root", gid: 0 }] : [];
  const group = [...groups, ...accounts.groups].map(({ name, gid }) => `${name}:x:${gid}:\n`);
  addEntry(tree, file("etc/passwd", utf8ToBytes(passwd.join(""))));
  addEntry(tree, file("etc/group", utf8ToBytes(group.join(""))));
}

/** Adds the recipe's lines to the distribution's os-release, which scanners must go on recognising. */
export function extendOsRelease(tree: Tree, fields: Recipe["os-release"]): void {
  const before = tree.get(OS_RELEASE)?.content ?? new Uint8Array(0);
  const lines = Object.entries(fields)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key.replaceAll("-", "_").toUpperCase()}="${value}"\n`);
  if (lines.length > 0)
    addEntry(tree, file(OS_RELEASE, concatBytes(before, utf8ToBytes(lines.join("")))));
}

/** The value of a key in the tree's os-release, null where there is none. */
export function osReleaseValue(tree: Tree, key: string): string | null {
  const text = String.fromCharCode(...(tree.get(OS_RELEASE)?.content ?? []));
  const line = text.split("\n").find((candidate) => candidate.startsWith(`${key}=`));
  return line?.slice(key.length + 1).replaceAll('"', "") ?? null;
}

/** Lays the recipe's own folders, links and modes over the packages. Throws HostileEntryError. */
export function addPaths(tree: Tree, paths: readonly RecipePath[]): void {
  for (const entry of paths) {
    const path = safePath(entry.path.slice(1));
    switch (entry.type) {
      case "directory": {
        addEntry(tree, directory(path));
        const { uid, gid } = entry;
        tree.set(path, { ...directory(path), uid, gid, mode: Number.parseInt(entry.mode, 8) });
        break;
      }
      case "symlink":
        checkLinkTarget(path, entry.source);
        addEntry(tree, symlink(path, entry.source));
        break;
      case "file": {
        const found = tree.get(path);
        if (found?.type !== "file")
          throw new HostileEntryError(
            `The recipe sets the mode of ${entry.path}, which no package brings.`,
          );
        tree.set(path, { ...found, mode: Number.parseInt(entry.mode, 8) });
        break;
      }
    }
  }
}
