import { join } from "node:path";
import { Readable } from "node:stream";

import tar from "tar-stream";

import {
  addEntry,
  addTarEntry,
  checkLinkTarget,
  directory,
  file,
  HostileEntryError,
  safePath,
  symlink,
  type Tree,
} from "../../core/images/tree.ts";
import type { InstallPlan } from "../../core/install/plan.ts";
import type { CommittedFile } from "../../core/ship/contents.ts";
import type { ShippedLayer } from "../../core/ship/image.ts";
import { GateError } from "../../engine/errors.ts";
import type { Progress, Repository } from "../../engine/ports.ts";
import { packTree, type TreeLimits } from "../docker/package-tree.ts";
import { defaultTarballDir, fetchTarballs, verifyTarball } from "../docker/tarballs.ts";
import { temporaryBeside } from "../images/cache.ts";
import { layerPath } from "../images/layers.ts";
import { quiet, readTar, writeTree } from "../images/tar.ts";

/** Where a service lies in its image. */
const HOME = "app";
const DEPENDENCY_LIMITS: TreeLimits = { bytes: 1024 ** 3, files: 150_000 };
const MOST_APP_BYTES = 512 * 1024 * 1024;
/** The time that all packages carry: npm's own, so that the layer depends on the lock file alone. */
const PACKAGE_EPOCH = 499_162_500;

export interface LayerOptions {
  readonly cacheDir: string;
  readonly tarballDir?: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * The layer with a commit's files below /app, read from git's objects and never from the disk.
 * `epoch` is when the commit was made, in seconds since 1970. Throws GateError `bad-input`.
 */
export async function makeAppLayer(
  repository: Repository,
  files: readonly CommittedFile[],
  epoch: number,
  { cacheDir, signal }: Pick<LayerOptions, "cacheDir" | "signal">,
): Promise<ShippedLayer> {
  if (files.reduce((sum, { size }) => sum + size, 0) > MOST_APP_BYTES)
    throw new GateError("bad-input", "The files of the commit are larger than 512 MiB.", {
      remedy: "Leave large files out with `.dockerignore`.",
    });
  const contents = new Map<string, Uint8Array>();
  for await (const { blob, content } of repository.readBlobs(
    [...new Set(files.map((each) => each.blob))],
    signal,
  ))
    contents.set(blob, Uint8Array.from(content));
  const tree: Tree = new Map([[HOME, directory(HOME)]]);
  for (const each of files)
    refuseHostile(() => addCommitted(tree, each, contents.get(each.blob) ?? new Uint8Array(0)));
  return write(tree, epoch, "the files of the commit", cacheDir, signal);
}

/**
 * The layer with a service's production dependencies below /app/node_modules, from the lock file's
 * packages by their hashes; no script of them is run. Throws GateError `registry-failed`, `bad-input`.
 */
export async function makeDependencyLayer(
  plan: InstallPlan,
  { cacheDir, tarballDir = defaultTarballDir(), progress, signal }: LayerOptions,
): Promise<ShippedLayer> {
  await fetchTarballs(plan.packages, tarballDir, progress, signal);
  const pack = quiet(tar.pack());
  const tree: Tree = new Map([[HOME, directory(HOME)]]);
  const packed = packTree(
    plan,
    (each) => verifyTarball(tarballDir, each),
    pack,
    DEPENDENCY_LIMITS,
    signal,
  ).catch((error: unknown) => {
    pack.destroy();
    throw error;
  });
  const read = readTar(
    Readable.from(pack),
    signal,
    () => true,
    (header, content) =>
      addTarEntry(tree, { ...header, name: `${HOME}/node_modules/${header.name}` }, content),
  );
  const [packing, reading] = await Promise.allSettled([packed, read]);
  if (packing.status === "rejected") throw packing.reason;
  if (reading.status === "rejected") refuseHostile(() => rethrow(reading.reason));
  return write(tree, PACKAGE_EPOCH, "production dependencies", cacheDir, signal);
}

function addCommitted(tree: Tree, { path, mode }: CommittedFile, content: Uint8Array): void {
  const place = safePath(`${HOME}/${path}`);
  if (mode === "120000") {
    const target = Buffer.from(content).toString("utf8");
    if (target.startsWith("/"))
      throw new HostileEntryError(`The link ${JSON.stringify(path)} leaves the repository.`);
    // Measured from the repository's root: a link may not leave /app either.
    checkLinkTarget(path, target);
    addEntry(tree, symlink(place, target));
  } else addEntry(tree, file(place, content, mode === "100755" ? 0o755 : 0o644));
}

async function write(
  tree: Tree,
  epoch: number,
  holds: string,
  cacheDir: string,
  signal: AbortSignal,
): Promise<ShippedLayer> {
  const temporary = temporaryBeside(join(cacheDir, "layers", "ship"));
  const { digest, sizeBytes } = await writeTree(
    tree,
    epoch,
    temporary,
    (made) => layerPath(cacheDir, made),
    signal,
  );
  return { digest, size: sizeBytes, holds };
}

function refuseHostile(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof HostileEntryError)) throw error;
    throw new GateError("bad-input", error.message, {
      remedy: "Take it out of the commit, or leave it out with `.dockerignore`.",
      cause: error,
    });
  }
}

function rethrow(error: unknown): never {
  throw error;
}
