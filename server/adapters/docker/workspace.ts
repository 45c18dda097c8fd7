import { Readable } from "node:stream";

import { pack, type Pack } from "tar-stream";

import type { GitObjectId } from "../../core/edit.ts";
import { printable } from "../../core/printable.ts";
import type { Limits } from "../../core/run.ts";
import { GateError } from "../../engine/errors.ts";
import type { Repository, TreeEntry } from "../../engine/ports.ts";
import { BOX_UID } from "./keeper/protocol.ts";

/** What of a tree goes into the box. */
export interface WorkspacePlan {
  readonly directories: readonly string[];
  readonly entries: readonly TreeEntry[];
  /** What was left out, and why, in words. */
  readonly notes: readonly string[];
}

/** Longest target of a link, in bytes: git stores it as a blob, which may be anything. */
const LONGEST_LINK = 4095;

/** How much of a workspace is packed before anyone takes it, and in what pieces it goes out, in bytes. */
const AHEAD = 16_777_216;
const PIECE = 262_144;

/** The same for base and head, so that no difference comes from it. */
const TIME = new Date("2020-01-01T00:00:00Z");

/**
 * Chooses what of a tree goes into the box: files and links; submodules are left out with a note.
 * Throws GateError `bad-input` for a tree that exceeds the limits or a path that leaves it.
 */
export function planWorkspace(tree: readonly TreeEntry[], limits: Limits): WorkspacePlan {
  const directories = new Set<string>();
  const entries: TreeEntry[] = [];
  const notes: string[] = [];
  let bytes = 0;
  for (const entry of tree) {
    if (!isInside(entry.path)) throw refuse(`its path ${printable(entry.path)} leaves it`);
    if (entry.mode === "160000") {
      notes.push(`The submodule ${printable(entry.path)} is not in the box.`);
      continue;
    }
    for (let at = entry.path.indexOf("/"); at !== -1; at = entry.path.indexOf("/", at + 1)) {
      directories.add(entry.path.slice(0, at));
    }
    entries.push(entry);
    bytes += Math.ceil(entry.size / 4096) * 4096;
  }
  if (bytes > limits.workspaceBytes) {
    throw refuse(`it has ${bytes} bytes, and the box takes ${limits.workspaceBytes}`);
  }
  if (entries.length + directories.size > limits.workspaceFiles) {
    throw refuse(`it has more files than the ${limits.workspaceFiles} that the box takes`);
  }
  return { directories: [...directories], entries, notes };
}

/**
 * The planned workspace as a tar stream, owned by the box's user, packed ahead of who takes it; to
 * be destroyed by who does not take it whole. Links that leave the tree are left out through `onNote`.
 */
export function packWorkspace(
  repository: Repository,
  plan: WorkspacePlan,
  signal: AbortSignal,
  onNote: (note: string) => void,
): Readable {
  const stream = pack();
  fill(stream, repository, plan, signal, onNote).then(
    () => stream.finalize(),
    (error: unknown) => stream.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  const options = { objectMode: false, highWaterMark: AHEAD };
  const ahead = Readable.from(inPieces(stream as AsyncIterable<Buffer>), options);
  // Whoever takes it hears of its errors, however late.
  ahead.on("error", () => undefined);
  ahead.read(0);
  return ahead;
}

/** A write for each header and each padding would cost more than what is in them. */
async function* inPieces(tar: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let kept: Buffer[] = [];
  let length = 0;
  for await (const part of tar) {
    kept.push(part);
    length += part.length;
    if (length < PIECE) continue;
    yield Buffer.concat(kept);
    kept = [];
    length = 0;
  }
  yield Buffer.concat(kept);
}

/** Whether a link at a path leads to somewhere in the tree, as far as its text tells. */
export function linkStaysInside(path: string, target: string): boolean {
  if (target === "" || target.startsWith("/") || target.includes("\0")) return false;
  let depth = path.split("/").length - 1;
  for (const part of target.split("/")) {
    if (part === "..") depth -= 1;
    else if (part !== "" && part !== ".") depth += 1;
    if (depth < 0) return false;
  }
  return true;
}

async function fill(
  stream: Pack,
  repository: Repository,
  { directories, entries }: WorkspacePlan,
  signal: AbortSignal,
  onNote: (note: string) => void,
): Promise<void> {
  const common = { uid: BOX_UID, gid: BOX_UID, mtime: TIME };
  for (const name of directories) {
    await add(stream, { ...common, name: `${name}/`, type: "directory", mode: 0o755 });
  }
  const blobs = entries.map((entry) => entry.blob);
  let at = 0;
  for await (const { blob, content } of repository.readBlobs(blobs, signal)) {
    const entry = expected(entries[at], blob);
    at += 1;
    if (entry.mode === "120000") {
      const linkname = Buffer.from(content.subarray(0, LONGEST_LINK)).toString("utf8");
      if (linkStaysInside(entry.path, linkname)) {
        await add(stream, { ...common, name: entry.path, type: "symlink", linkname, mode: 0o777 });
      } else onNote(`The link ${printable(entry.path)} leaves the tree and is not in the box.`);
    } else {
      // Only these two exist in git; bits such as setuid cannot be said.
      const mode = entry.mode === "100755" ? 0o755 : 0o644;
      await add(stream, { ...common, name: entry.path, mode, size: content.length }, content);
    }
  }
  if (at !== entries.length)
    throw new Error("The repository gave fewer blobs than it was asked for.");
}

function add(
  stream: Pack,
  header: Parameters<Pack["entry"]>[0],
  content?: Uint8Array,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: Error | null): void => (error ? reject(error) : resolve());
    if (content && content.length > 0) stream.entry(header, Buffer.from(content), done);
    else stream.entry(header, "", done);
  });
}

function expected(entry: TreeEntry | undefined, blob: GitObjectId): TreeEntry {
  if (entry?.blob === blob) return entry;
  throw new Error("The repository gave blobs in another order than asked for.");
}

function isInside(path: string): boolean {
  if (path === "" || path.startsWith("/") || path.includes("\0")) return false;
  return path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

function refuse(why: string): GateError {
  return new GateError("bad-input", `The tree cannot go into the box: ${why}.`, {
    remedy: "Run a smaller part of the repository, or raise the limit in the policy's `sandbox`.",
  });
}
