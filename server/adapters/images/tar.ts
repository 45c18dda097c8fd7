import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";

import tar from "tar-stream";

import type { Digest } from "../../core/digest.ts";
import type { AuditedEntry } from "../../core/images/audit.ts";
import { HostileEntryError, type TarHeader, type Tree } from "../../core/images/tree.ts";
import { cancelled } from "../../engine/errors.ts";

/** Bounds on one package, so that a hostile one cannot fill memory. */
const MOST_ENTRIES = 200_000;
const MOST_BYTES = 1024 * 1024 * 1024;

/** A tar header with the time that its file carries, in seconds since 1970. */
export interface TimedHeader extends TarHeader {
  readonly seconds: number;
  readonly size: number;
}

/**
 * Reads a tar stream entry by entry; `visit` gets the content where `wants` asks for it, else nothing.
 * Throws HostileEntryError over the bounds, what the stream throws, and GateError `cancelled`.
 */
export async function readTar(
  stream: Readable,
  signal: AbortSignal,
  wants: (header: TimedHeader) => boolean,
  visit: (header: TimedHeader, content: Uint8Array) => void,
): Promise<void> {
  if (signal.aborted) throw cancelled("Building the image");
  const extract = quiet(tar.extract());
  const fed = pipeline(stream, extract, { signal });
  const read = readEntries(extract, wants, visit).catch((error: unknown) => {
    stream.destroy();
    throw error;
  });
  const [feeding, reading] = await Promise.allSettled([fed, read]);
  if (signal.aborted) throw cancelled("Building the image");
  // What the reader refused explains the broken feed, and not the other way round.
  if (reading.status === "rejected" && reading.reason instanceof HostileEntryError)
    throw reading.reason;
  if (feeding.status === "rejected") throw feeding.reason;
  if (reading.status === "rejected") throw reading.reason;
}

/** What a finished layer holds, read back from its bytes: the audit believes nothing else. */
export async function listLayer(path: string, signal: AbortSignal): Promise<AuditedEntry[]> {
  const entries: AuditedEntry[] = [];
  await readTar(
    createReadStream(path),
    signal,
    () => false,
    ({ name, type, mode, size }) =>
      entries.push({ path: name.replace(/\/$/, ""), type, mode, size }),
  );
  return entries;
}

/**
 * Writes a tree as a tar whose bytes depend on the tree and `epoch` (seconds since 1970) alone; the
 * file appears whole at the path that `pathOf` gives for its digest.
 */
export async function writeTree(
  tree: Tree,
  epoch: number,
  temporary: string,
  pathOf: (digest: Digest) => string,
  signal: AbortSignal,
): Promise<{ readonly digest: Digest; readonly sizeBytes: number }> {
  if (signal.aborted) throw cancelled("Building the image");
  await mkdir(dirname(temporary), { recursive: true });
  const pack = quiet(tar.pack());
  const counter = new DigestCounter();
  try {
    const written = pipeline(pack, counter, createWriteStream(temporary, { flags: "wx" }), {
      signal,
    });
    await Promise.all([written, packEntries(pack, tree, epoch)]);
    const result = counter.result();
    await rename(temporary, pathOf(result.digest));
    return result;
  } catch (error) {
    if (signal.aborted) throw cancelled("Building the image");
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * A stream of tar-stream whose errors do not end the process: it emits them once more after `pipeline`
 * has reported them and taken its listeners away.
 */
export function quiet<T extends { on(event: "error", listener: () => void): unknown }>(
  stream: T,
): T {
  stream.on("error", () => undefined);
  return stream;
}

/** Hashes and counts what flows through. */
class DigestCounter extends Transform {
  private readonly hash = createHash("sha256");
  private bytes = 0;

  override _transform(chunk: Buffer, _: string, done: (error: null, chunk: Buffer) => void): void {
    this.hash.update(chunk);
    this.bytes += chunk.length;
    done(null, chunk);
  }

  result(): { readonly digest: Digest; readonly sizeBytes: number } {
    return { digest: `sha256:${this.hash.digest("hex")}`, sizeBytes: this.bytes };
  }
}

async function readEntries(
  extract: tar.Extract,
  wants: (header: TimedHeader) => boolean,
  visit: (header: TimedHeader, content: Uint8Array) => void,
): Promise<void> {
  let entries = 0;
  let bytes = 0;
  for await (const entry of extract) {
    const { name, type, mode, linkname, mtime, size } = entry.header;
    const header: TimedHeader = {
      name,
      type: type ?? "unknown",
      mode: mode ?? 0,
      linkname: linkname ?? null,
      seconds: Math.floor((mtime?.getTime() ?? 0) / 1000),
      size: size ?? 0,
    };
    entries += 1;
    bytes += header.size;
    if (entries > MOST_ENTRIES || bytes > MOST_BYTES)
      throw new HostileEntryError("A package holds more than any honest one does.");
    const isWanted = wants(header);
    const chunks: Buffer[] = [];
    for await (const chunk of entry) if (isWanted) chunks.push(chunk as Buffer);
    visit(header, Buffer.concat(chunks));
  }
}

async function packEntries(pack: tar.Pack, tree: Tree, epoch: number): Promise<void> {
  const mtime = new Date(epoch * 1000);
  const entries = [...tree.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
  for (const { path, type, mode, uid, gid, content, target } of entries) {
    const header = {
      name: type === "directory" ? `${path}/` : path,
      type,
      mode,
      uid,
      gid,
      mtime,
      ...(type === "symlink" ? { linkname: target } : {}),
    };
    await new Promise<void>((resolve, reject) => {
      const done = (error?: Error | null): void => (error ? reject(error) : resolve());
      if (type === "file")
        quiet(
          pack.entry(
            header,
            Buffer.from(content.buffer, content.byteOffset, content.byteLength),
            done,
          ),
        );
      else quiet(pack.entry(header, done));
    });
  }
  pack.finalize();
}
