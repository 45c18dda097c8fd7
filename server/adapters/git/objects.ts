import { once } from "node:events";

import type { GitObjectId } from "../../core/edit.ts";
import type { RepoPath } from "../../core/location.ts";
import { GateError } from "../../engine/errors.ts";
import type { TreeEntry } from "../../engine/ports.ts";
import { type GitContext, gitFailure, readGit, runGit, startGit } from "./process.ts";
import { openTextCache, type TextCache } from "./text-cache.ts";
import { decodePath, decodeText, splitNul, TEXT_BYTES } from "./text.ts";

/** Most text that one call holds in memory, in bytes; what comes after it is missing. */
const TEXTS_BYTES = 192 * 1024 * 1024;
/** So many paths fit in one command line, whatever their length. */
const PATHS_AT_ONCE = 20;
/** From here on listing the whole tree once is quicker than asking for each piece. */
const MANY_PATHS = 200;
const FOLDER = "040000";
const OBJECT_ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/u;

/** Texts of those blobs that are text and not too large; those of the cache are not read again. */
export async function readTexts(
  context: GitContext,
  blobs: Iterable<GitObjectId>,
  signal: AbortSignal,
  cache: TextCache = openTextCache(0),
): Promise<ReadonlyMap<GitObjectId, string>> {
  const asked = new Set(blobs);
  const kept = new Map([...asked].map((blob) => [blob, cache.find(blob)]));
  const unknown = new Set([...asked].filter((blob) => kept.get(blob) === null));
  const sizes = await readSizes(context, unknown, signal);
  const texts = new Map<GitObjectId, string>();
  let room = TEXTS_BYTES;
  const wanted: GitObjectId[] = [];
  for (const blob of asked) {
    // What fits must not depend on what happens to be in the cache.
    const size = kept.get(blob)?.bytes ?? sizes.get(blob) ?? Infinity;
    if (size > TEXT_BYTES || size > room) continue;
    room -= size;
    const known = kept.get(blob) ?? null;
    if (known === null) wanted.push(blob);
    else texts.set(blob, known.text);
  }
  for await (const { blob, content } of readBlobs(context, wanted, signal)) {
    const text = decodeText(content);
    if (text === null) continue;
    texts.set(blob, text);
    cache.keep(blob, { text, bytes: content.byteLength });
  }
  return texts;
}

/** Content of blobs in the order asked for. Throws GateError `git-failed` for one that is missing. */
export async function* readBlobs(
  context: GitContext,
  blobs: readonly GitObjectId[],
  signal: AbortSignal,
): AsyncGenerator<{ readonly blob: GitObjectId; readonly content: Uint8Array }> {
  if (blobs.length === 0) return;
  const args = ["cat-file", "--batch"];
  const child = startGit(context, args, signal);
  let failure: unknown = null;
  child.on("error", (error) => (failure = error));
  child.stderr.resume();
  child.stdin.end(requestLines(blobs));
  const output = new ByteReader(child.stdout);
  try {
    for (const blob of blobs) {
      const header = await output.readLine();
      const size = blobSize(header, blob);
      if (size === null) throw gitFailure(args, failure, header ?? "it ended early", signal);
      const content = await output.readBytes(size + 1);
      if (content === null) throw gitFailure(args, failure, "it ended early", signal);
      yield { blob, content: content.subarray(0, size) };
    }
  } catch (error) {
    throw GateError.is(error) ? error : gitFailure(args, error, String(error), signal);
  } finally {
    child.stdout.destroy();
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
      const ended = once(child, "exit").catch(() => {});
      child.kill("SIGKILL");
      await ended;
    }
  }
}

/** Every file of a tree, in git's order. */
export async function listTree(
  context: GitContext,
  tree: GitObjectId,
  signal: AbortSignal,
): Promise<readonly TreeEntry[]> {
  return readEntries(context, ["-r", requireId(tree)], signal);
}

/** The files of a tree at exactly these paths. */
export async function findInTree(
  context: GitContext,
  tree: GitObjectId,
  paths: readonly RepoPath[],
  signal: AbortSignal,
): Promise<readonly TreeEntry[]> {
  const entries: TreeEntry[] = [];
  const possible = paths.filter(canBeInTree);
  if (possible.length > MANY_PATHS) {
    const asked = new Set(possible);
    return (await listTree(context, tree, signal)).filter(({ path }) => asked.has(path));
  }
  for (let at = 0; at < possible.length; at += PATHS_AT_ONCE) {
    const some = possible.slice(at, at + PATHS_AT_ONCE);
    entries.push(...(await readEntries(context, [requireId(tree), "--", ...some], signal)));
  }
  const wanted = new Set(paths);
  return entries.filter((entry) => entry.mode !== FOLDER && wanted.has(entry.path));
}

function canBeInTree(path: RepoPath): boolean {
  return path.split("/").every((name) => name !== "" && name !== "." && name !== "..");
}

async function readEntries(
  context: GitContext,
  what: readonly string[],
  signal: AbortSignal,
): Promise<readonly TreeEntry[]> {
  const args = ["ls-tree", "-z", "-l", "--full-tree", ...what];
  return splitNul((await runGit(context, args, { signal })).stdout).map((row) => {
    const tab = row.indexOf(9);
    const [mode = "", , blob = "", size = "-"] = row.toString("latin1", 0, tab).split(/ +/u);
    const path = decodePath(row.subarray(tab + 1));
    return { path, mode, blob, size: size === "-" ? 0 : Number(size) };
  });
}

/** Keeps content as a blob, filters off, and gives its id. */
export async function keepBlob(context: GitContext, content: Uint8Array): Promise<GitObjectId> {
  return readGit(context, ["hash-object", "-w", "--no-filters", "--stdin"], { input: content });
}

async function readSizes(
  context: GitContext,
  blobs: ReadonlySet<GitObjectId>,
  signal: AbortSignal,
): Promise<ReadonlyMap<GitObjectId, number>> {
  const sizes = new Map<GitObjectId, number>();
  if (blobs.size === 0) return sizes;
  const input = requestLines([...blobs]);
  const output = await readGit(context, ["cat-file", "--batch-check"], { input, signal });
  for (const row of output.split("\n")) {
    const [id = "", type, size] = row.split(" ");
    if (type === "blob") sizes.set(id, Number(size));
  }
  return sizes;
}

function requestLines(blobs: readonly GitObjectId[]): string {
  return blobs.map((blob) => `${requireId(blob)}\n`).join("");
}

/** Ids come from journals too, which anyone may have written: nothing else may reach git's pipe. */
function requireId(id: string): GitObjectId {
  if (OBJECT_ID.test(id)) return id;
  throw new GateError("bad-input", "A record names a git object by something that is not an id.", {
    remedy: "Run `shipgate journal verify`.",
  });
}

function blobSize(header: string | null, blob: GitObjectId): number | null {
  const [id, type, size] = header?.split(" ") ?? [];
  return id === blob && type === "blob" ? Number(size) : null;
}

/** Reads lines and counted bytes off a stream. */
class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(stream: AsyncIterable<Buffer>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  async readLine(): Promise<string | null> {
    for (;;) {
      const end = this.#rest.indexOf(10);
      if (end !== -1) return this.#take(end + 1).toString("latin1", 0, end);
      const next = await this.#chunks.next();
      if (next.done === true) return null;
      this.#rest = Buffer.concat([this.#rest, next.value]);
    }
  }

  async readBytes(count: number): Promise<Buffer | null> {
    const parts = [this.#rest];
    let have = this.#rest.length;
    while (have < count) {
      const next = await this.#chunks.next();
      if (next.done === true) return null;
      parts.push(next.value);
      have += next.value.length;
    }
    this.#rest = parts.length === 1 ? this.#rest : Buffer.concat(parts, have);
    return this.#take(count);
  }

  #take(count: number): Buffer {
    const taken = this.#rest.subarray(0, count);
    this.#rest = this.#rest.subarray(count);
    return taken;
  }
}
