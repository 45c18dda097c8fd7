import { createHash } from "node:crypto";
import {
  closeSync,
  constants,
  type Dirent,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  type Stats,
} from "node:fs";

/** One thing in the workspace that is not a directory; `print` changes when it does. */
export interface Leaf {
  readonly type: "file" | "link" | "special";
  readonly print: string;
}

/** Leaves by path from the workspace's root. */
export type Tree = ReadonlyMap<string, Leaf>;

export interface TreeChange {
  readonly operation: "added" | "modified" | "deleted";
  readonly path: string;
  readonly type: Leaf["type"];
}

const SLASH = Buffer.from("/");

/** Linux takes paths of at most 4095 bytes; a directory needs room for a name in it. */
const LONGEST_PATH = 3800;

const PIECE = Buffer.allocUnsafe(262_144);

/**
 * Reads what is in a directory, without following a link and without opening a special file.
 * Content is hashed, never judged by time: a write through a shared mapping leaves a tmpfs file's
 * times as they are. What cannot be read, such as a path longer than the kernel takes, is `special`.
 */
export function readTree(root: string): Tree {
  const leaves = new Map<string, Leaf>();
  const hashes = new Map<number, string>();
  const waiting = [Buffer.from(root)];
  for (let directory = waiting.pop(); directory; directory = waiting.pop()) {
    for (const entry of listDirectory(directory)) {
      const path = Buffer.concat([directory, SLASH, entry.name]);
      if (entry.isDirectory() && path.length <= LONGEST_PATH) waiting.push(path);
      else leaves.set(nameOf(path.subarray(Buffer.byteLength(root) + 1)), readLeaf(path, hashes));
    }
  }
  return leaves;
}

/** What differs between two trees, in the order of their paths. */
export function compareTrees(before: Tree, after: Tree): TreeChange[] {
  const changes: TreeChange[] = [];
  for (const [path, leaf] of after) {
    const old = before.get(path);
    if (!old) changes.push({ operation: "added", path, type: leaf.type });
    else if (old.type !== leaf.type || old.print !== leaf.print) {
      changes.push({ operation: "modified", path, type: leaf.type });
    }
  }
  for (const [path, leaf] of before) {
    if (!after.has(path)) changes.push({ operation: "deleted", path, type: leaf.type });
  }
  return changes.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function listDirectory(directory: Buffer): Dirent<Buffer>[] {
  try {
    return readdirSync(directory, { withFileTypes: true, encoding: "buffer" });
  } catch {
    return [];
  }
}

/** Two names that differ only in bytes that are not UTF-8 stay two names. */
function nameOf(bytes: Buffer): string {
  const text = bytes.toString("utf8");
  return Buffer.from(text).equals(bytes) ? text : `\u{fffd}${bytes.toString("hex")}`;
}

function readLeaf(path: Buffer, hashes: Map<number, string>): Leaf {
  try {
    const status = lstatSync(path);
    if (status.isSymbolicLink()) return { type: "link", print: readlinkSync(path, "latin1") };
    if (!status.isFile()) return { type: "special", print: `${status.mode}:${status.rdev}` };
    return { type: "file", print: `${status.mode & 0o7777}:${printOf(path, status, hashes)}` };
  } catch (error) {
    return { type: "special", print: String((error as NodeJS.ErrnoException).code) };
  }
}

/**
 * The work is bounded by the volume's size: a file with holes (a terabyte of nothing) is not read,
 * and one content under many hard links is read once.
 */
function printOf(path: Buffer, status: Stats, hashes: Map<number, string>): string {
  if (status.blocks * 512 < status.size) return `sparse:${status.size}`;
  const print = hashes.get(status.ino) ?? hashFile(path);
  hashes.set(status.ino, print);
  return print;
}

function hashFile(path: Buffer): string {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const hash = createHash("sha256");
    for (let read = readSync(file, PIECE); read > 0; read = readSync(file, PIECE)) {
      hash.update(PIECE.subarray(0, read));
    }
    return hash.digest("base64");
  } finally {
    closeSync(file);
  }
}
