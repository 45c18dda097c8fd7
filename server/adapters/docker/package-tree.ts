import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";

import tar, { type Header, type Pack } from "tar-stream";

import type { InstallPlan, PlannedPackage } from "../../core/install/plan.ts";
import { printable } from "../../core/printable.ts";
import { GateError } from "../../engine/errors.ts";

/** Bounds on everything that a plan unpacks to. */
export interface TreeLimits {
  readonly bytes: number;
  readonly files: number;
}

/** What came out. */
export interface TreeSize {
  readonly bytes: number;
  readonly files: number;
}

const LONGEST_NAME = 1000;
/** npm's own: a moment that is the same on every machine (26 October 1985). */
const MTIME = new Date(499_162_500_000);

/**
 * Writes node_modules as one tar: each package below its own path, everything owned by root, no
 * links but ours, nothing outside. Packages are read as streams and nothing is written to this
 * machine's disk. Throws GateError `bad-input` for a package that is hostile or too large.
 */
export async function packTree(
  plan: InstallPlan,
  open: (each: PlannedPackage) => Promise<string>,
  pack: Pack,
  limits: TreeLimits,
  signal: AbortSignal,
): Promise<TreeSize> {
  const size = { bytes: 0, files: 0 };
  const programs = new Set(plan.links.map(({ path, to }) => programPath(path, to)));
  for (const each of plan.packages) {
    const path = await open(each);
    await unpack(createReadStream(path), each, signal, async (header, name, content) => {
      size.files += 1;
      size.bytes += header.size ?? 0;
      if (size.files > limits.files || size.bytes > limits.bytes) throw tooLarge(each, limits);
      const isProgram = ((header.mode ?? 0) & 0o111) !== 0 || programs.has(`${each.path}/${name}`);
      const entry = { name: `${each.path}/${name}`, size: header.size ?? 0, ...OWNED };
      await addFile(pack, { ...entry, mode: isProgram ? 0o755 : 0o644 }, content);
    });
  }
  for (const { path, to } of plan.links) {
    pack.entry({ name: path, type: "symlink", linkname: to, mode: 0o777, ...OWNED });
  }
  pack.finalize();
  return size;
}

const OWNED = { uid: 0, gid: 0, mtime: MTIME } as const;

async function addFile(
  pack: Pack,
  header: Parameters<Pack["entry"]>[0],
  content: AsyncIterable<unknown>,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const sink = pack.entry(header, (error) => (error ? reject(error) : resolve()));
  // A pack that is given up while it is full would never drain.
  sink.on("close", () => reject(new Error("The archive was given up.")));
  for await (const piece of content as AsyncIterable<Uint8Array>) {
    if (sink.write(piece)) continue;
    await Promise.race([
      promise,
      new Promise<void>((drained) => sink.once("drain", () => drained())),
    ]);
  }
  sink.end(undefined);
  await promise;
}

/** The file that a link in a `.bin` folder starts. */
function programPath(path: string, to: string): string {
  const folder = path.slice(0, path.lastIndexOf(".bin/"));
  return to.startsWith("../") ? `${folder}${to.slice("../".length)}` : path;
}

type Visit = (header: Header, name: string, content: AsyncIterable<unknown>) => Promise<void>;

/** Reads a package's tarball entry by entry: regular files only, as npm does, below its one top folder. */
async function unpack(
  file: Readable,
  each: PlannedPackage,
  signal: AbortSignal,
  visit: Visit,
): Promise<void> {
  const extract = tar.extract();
  const fed = pipeline(file, createGunzip(), extract, { signal }).catch((error: unknown) => {
    if (signal.aborted) throw error;
    throw unreadable(each, error);
  });
  const read = (async () => {
    for await (const entry of extract) {
      const { header } = entry;
      const isFile = header.type === "file" || header.type === "contiguous-file";
      if (isFile) await visit(header, fileName(header.name, each), entry);
      else entry.resume();
    }
  })();
  const results = await Promise.allSettled([read.catch(stop), fed]);
  function stop(error: unknown): never {
    file.destroy();
    throw error;
  }
  const errors = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
  // What we refused explains the broken stream, and not the other way round.
  const first = errors.find((error) => GateError.is(error)) ?? errors[0];
  if (first !== undefined) throw first as Error;
}

/** Where a file goes, below its package. The first folder of a tarball has any name. */
function fileName(name: string, each: PlannedPackage): string {
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  const [, ...rest] = parts;
  const isSafe = !name.startsWith("/") && !/[\0\\]/.test(name) && !parts.includes("..");
  if (!isSafe || rest.length === 0 || name.length > LONGEST_NAME) {
    throw badPackage(each, `holds a file with a bad path, ${printable(name)}`);
  }
  return rest.join("/");
}

function tooLarge(each: PlannedPackage, { bytes, files }: TreeLimits): GateError {
  const gibibytes = Math.round(bytes / 1024 ** 3);
  return badPackage(each, `makes the dependencies larger than ${gibibytes} GiB or ${files} files`);
}

function unreadable(each: PlannedPackage, cause: unknown): GateError {
  return badPackage(each, "is no package that can be unpacked", cause);
}

function badPackage({ name, version }: PlannedPackage, what: string, cause?: unknown): GateError {
  return new GateError("bad-input", `${printable(`${name}@${version}`)} ${what}.`, {
    remedy: "Take the package out of the change.",
    cause,
  });
}
