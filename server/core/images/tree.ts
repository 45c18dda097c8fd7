/** One thing of an image's file system. Paths are relative to its root, without `./` and a trailing slash. */
export interface TreeEntry {
  readonly path: string;
  readonly type: "file" | "directory" | "symlink";
  /** Permission bits; never setuid or setgid. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Content of a file; empty for the others. */
  readonly content: Uint8Array;
  /** Target of a symlink; empty for the others. */
  readonly target: string;
}

export type Tree = Map<string, TreeEntry>;

/** The header of a tar entry, as any tar reader gives it. */
export interface TarHeader {
  readonly name: string;
  readonly type: string;
  readonly mode: number;
  readonly linkname: string | null;
}

/** Something in a package that no honest package has. The message names it; the build stops. */
export class HostileEntryError extends Error {
  override readonly name = "HostileEntryError";
}

const LONGEST_PATH = 1000;
const NOTHING = new Uint8Array(0);

/**
 * The path of a tar entry inside the root: `./usr/bin/x` becomes `usr/bin/x`, `lib/x` becomes
 * `usr/lib/x` (merged /usr). Empty for the root itself. Throws HostileEntryError.
 */
export function safePath(name: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are just what is refused here
  if (name.length > LONGEST_PATH || /[\u0000-\u001f\u007f]/.test(name) || name.startsWith("/"))
    throw new HostileEntryError(`The path ${JSON.stringify(name.slice(0, 200))} is not allowed.`);
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes(".."))
    throw new HostileEntryError(`The path ${JSON.stringify(name)} leaves the root.`);
  return mergeUsr(parts.join("/"));
}

/** Refuses a link whose relative target climbs above the root. Throws HostileEntryError. */
export function checkLinkTarget(path: string, target: string): void {
  // oxlint-disable-next-line no-control-regex -- control characters are just what is refused here
  const odd = target === "" || target.length > LONGEST_PATH || /[\u0000-\u001f\u007f]/.test(target);
  let depth = target.startsWith("/") ? 0 : path.split("/").length - 1;
  for (const part of target.split("/")) {
    if (part === "..") depth -= 1;
    else if (part !== "" && part !== ".") depth += 1;
    if (depth < 0 || odd)
      throw new HostileEntryError(
        `The link ${JSON.stringify(path)} points outside the root: ${JSON.stringify(target.slice(0, 200))}.`,
      );
  }
}

/**
 * Adds an entry of a package to the tree: devices and pipes are refused, special bits and write
 * permission for others are dropped, the owner is root. Hard links become copies. Throws HostileEntryError.
 */
export function addTarEntry(tree: Tree, header: TarHeader, content: Uint8Array): void {
  const path = safePath(header.name);
  if (path === "" || MERGED.has(path)) return;
  const base = { path, uid: 0, gid: 0, content: NOTHING, target: "" };
  switch (header.type) {
    case "directory":
      return addEntry(tree, { ...base, type: "directory", mode: 0o755 });
    case "file":
    case "contiguous-file":
      return addEntry(tree, { ...base, type: "file", mode: header.mode & 0o755, content });
    case "symlink": {
      const target = header.linkname ?? "";
      checkLinkTarget(path, target);
      return addEntry(tree, { ...base, type: "symlink", mode: 0o777, target });
    }
    case "link": {
      const original = tree.get(safePath(header.linkname ?? ""));
      if (original?.type !== "file")
        throw new HostileEntryError(
          `The hard link ${JSON.stringify(path)} has no file to link to.`,
        );
      return addEntry(tree, { ...original, path });
    }
    default:
      throw new HostileEntryError(
        `${JSON.stringify(path)} is a ${JSON.stringify(header.type)}: only files, folders and links are allowed.`,
      );
  }
}

/** Adds an entry and keeps the tree a tree: nothing lies below a file or a link. Throws HostileEntryError. */
export function addEntry(tree: Tree, entry: TreeEntry): void {
  const before = tree.get(entry.path);
  if (before !== undefined && (before.type === "directory") !== (entry.type === "directory"))
    throw new HostileEntryError(`${JSON.stringify(entry.path)} is a folder and not a folder.`);
  for (const parent of parentsOf(entry.path)) {
    const found = tree.get(parent);
    if (found !== undefined && found.type !== "directory")
      throw new HostileEntryError(
        `${JSON.stringify(entry.path)} lies below ${JSON.stringify(parent)}, which is a ${found.type}.`,
      );
    if (found === undefined) tree.set(parent, directory(parent));
  }
  if (entry.type !== "directory" || before === undefined) tree.set(entry.path, entry);
}

/** A folder that belongs to root and that everybody may read. */
export function directory(path: string): TreeEntry {
  return { path, type: "directory", mode: 0o755, uid: 0, gid: 0, content: NOTHING, target: "" };
}

/** A file that belongs to root. */
export function file(path: string, content: Uint8Array, mode = 0o644): TreeEntry {
  return { path, type: "file", mode, uid: 0, gid: 0, content, target: "" };
}

/** A symbolic link. */
export function symlink(path: string, target: string): TreeEntry {
  return { path, type: "symlink", mode: 0o777, uid: 0, gid: 0, content: NOTHING, target };
}

/** The folders above a path, the topmost first. */
export function parentsOf(path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

/** Folders that are links into /usr since Debian 12; packages of before still ship files under the old names. */
const MERGED = new Set(["bin", "sbin", "lib", "lib32", "lib64", "libx32"]);

function mergeUsr(path: string): string {
  const top = path.split("/", 1)[0] ?? "";
  return MERGED.has(top) && path !== top ? `usr/${path}` : path;
}
