import { createReadStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";

import { addressOf, type Digest, sha256Digest } from "../../core/digest.ts";
import type { LockedPackage } from "../../core/images/apt.ts";
import {
  addAccounts,
  addBaseLayout,
  addCertificateBundle,
  addPackageStatus,
  addPaths,
  extendOsRelease,
  osReleaseValue,
  type PackageStatus,
} from "../../core/images/layer.ts";
import { pruneTree } from "../../core/images/prune.ts";
import type { Recipe, RecipeArtifact } from "../../core/images/recipe.ts";
import { type ImageLock, LayerRecord, type LockedArtifact } from "../../core/images/record.ts";
import { addEntry, addTarEntry, file, safePath, type Tree } from "../../core/images/tree.ts";
import type { AptHost } from "./apt-host.ts";
import { fileSize, hashFile, readJson, temporaryBeside, writeWhole } from "./cache.ts";
import { readTar, writeTree } from "./tar.ts";

/** Raised whenever the same recipe and lock would give other bytes, so that old layers are not used. */
export const BUILDER_VERSION = 1;

/** A file that goes into an image from bytes, such as the keeper's program. */
export interface AddedFile {
  /** Absolute, in the image. */
  readonly path: string;
  /** Permission bits, such as `0o644`; setuid, setgid and write permission for others are dropped. */
  readonly mode: number;
  readonly content: Uint8Array;
}

export interface LayerSources {
  readonly host: AptHost;
  readonly debPaths: ReadonlyMap<string, string>;
  readonly artifactPath: (locked: LockedArtifact) => Promise<string>;
}

/** What decides over a layer's bytes. */
export function layerKey(recipe: Recipe, lock: ImageLock["steps"][number]): Digest {
  const { contents, accounts, paths, from } = recipe;
  const own = { contents, accounts: accounts ?? null, paths, from: from ?? null };
  return addressOf({ builder: BUILDER_VERSION, ...own, osRelease: recipe["os-release"], lock });
}

/** Where a layer lies in the cache. */
export function layerPath(cacheDir: string, digest: Digest): string {
  return join(cacheDir, "layers", `${digest.slice("sha256:".length)}.tar`);
}

/** A layer that the cache has under this key, its bytes checked; null where it has none. */
export async function findLayer(cacheDir: string, key: Digest): Promise<LayerRecord | null> {
  const record = await readJson(keyPath(cacheDir, key), LayerRecord);
  if (record === null) return null;
  const path = layerPath(cacheDir, record.digest);
  if ((await fileSize(path)) !== record.sizeBytes) return null;
  return `sha256:${await hashFile(path, "sha256", "hex")}` === record.digest ? record : null;
}

/** Makes the layer of one recipe from its pinned packages and keeps it in the cache. */
export async function makeLayer(
  recipe: Recipe,
  lock: ImageLock["steps"][number],
  sources: LayerSources,
  cacheDir: string,
  signal: AbortSignal,
): Promise<LayerRecord> {
  const tree: Tree = new Map();
  const statuses: PackageStatus[] = [];
  let epoch = 0;
  for (const locked of lock.packages) {
    const added = await addPackage(tree, locked, sources, signal);
    epoch = Math.max(epoch, added.newest);
    statuses.push(added.status);
  }
  const bundled: string[] = [];
  for (const [index, locked] of lock.artifacts.entries()) {
    const outputs = recipe.contents.artifacts[index]?.outputs ?? [];
    const path = await sources.artifactPath(locked);
    bundled.push(...(await addArtifact(tree, path, outputs, signal)));
  }
  addCertificateBundle(tree);
  pruneTree(tree);
  addPackageStatus(tree, statuses);
  if (recipe.from === undefined) addBaseLayout(tree);
  if (recipe.accounts) addAccounts(tree, recipe.accounts);
  extendOsRelease(tree, recipe["os-release"]);
  addPaths(tree, recipe.paths);
  const distribution = osReleaseValue(tree, "ID");
  const release = osReleaseValue(tree, "VERSION_ID");
  return keepLayer(tree, layerKey(recipe, lock), cacheDir, signal, {
    epoch,
    distribution: distribution && `${distribution}-${release ?? "unknown"}`,
    bundled: bundled.toSorted(),
  });
}

/** Makes a layer of files given as bytes; `epoch` is that of the layer below. */
export async function makeFileLayer(
  files: readonly AddedFile[],
  epoch: number,
  cacheDir: string,
  signal: AbortSignal,
): Promise<LayerRecord> {
  const tree: Tree = new Map();
  for (const { path, mode, content } of files)
    addEntry(tree, file(safePath(path.replace(/^\//, "")), content, mode & 0o755));
  const key = addressOf({ builder: BUILDER_VERSION, epoch, files: describeFiles(files) });
  return keepLayer(tree, key, cacheDir, signal, { epoch, distribution: null, bundled: [] });
}

/** Added files as a JSON-safe record that stands for their bytes. */
export function describeFiles(files: readonly AddedFile[]): readonly object[] {
  return files.map(({ path, mode, content }) => ({
    path,
    mode,
    digest: sha256Digest(content),
  }));
}

async function keepLayer(
  tree: Tree,
  key: Digest,
  cacheDir: string,
  signal: AbortSignal,
  facts: Pick<LayerRecord, "epoch" | "distribution" | "bundled">,
): Promise<LayerRecord> {
  const temporary = temporaryBeside(join(cacheDir, "layers", "new"));
  const pathOf = (digest: Digest): string => layerPath(cacheDir, digest);
  const written = await writeTree(tree, facts.epoch, temporary, pathOf, signal);
  const record = { ...written, ...facts };
  await writeWhole(keyPath(cacheDir, key), JSON.stringify(record));
  return record;
}

async function addPackage(
  tree: Tree,
  locked: LockedPackage,
  { host, debPaths }: LayerSources,
  signal: AbortSignal,
): Promise<{ status: PackageStatus; newest: number }> {
  const deb = debPaths.get(locked.sha256) ?? "";
  let newest = 0;
  const data = await host.openDeb(deb, "data", signal);
  await readTar(
    data,
    signal,
    ({ type }) => type === "file",
    (header, content) => {
      newest = Math.max(newest, header.seconds);
      addTarEntry(tree, header, content);
    },
  );
  const parts = new Map<string, Uint8Array>();
  const control = await host.openDeb(deb, "control", signal);
  await readTar(
    control,
    signal,
    ({ type }) => type === "file",
    (header, content) => parts.set(header.name.replace(/^\.\//, ""), content),
  );
  const status = {
    locked,
    control: parts.get("control") ?? new Uint8Array(0),
    md5sums: parts.get("md5sums") ?? null,
  };
  return { status, newest };
}

async function addArtifact(
  tree: Tree,
  path: string,
  outputs: RecipeArtifact["outputs"],
  signal: AbortSignal,
): Promise<string[]> {
  const bundled: string[] = [];
  const place = (name: string): { target: string; mode: string | undefined } | null => {
    // The first folder of an npm tarball has any name; `package` by custom.
    const inside = name.split("/").slice(1).join("/");
    for (const { source, target, mode } of outputs) {
      if (inside === source) return { target: target.slice(1), mode };
      if (source === ".") return { target: `${target.slice(1)}/${inside}`, mode };
      if (inside.startsWith(`${source}/`))
        return { target: `${target.slice(1)}${inside.slice(source.length)}`, mode };
    }
    return null;
  };
  // What fails on the way is what the reader of the last stream sees.
  const source = pipeline(createReadStream(path), createGunzip(), () => undefined);
  await readTar(
    source,
    signal,
    ({ name, type }) => type === "file" && place(name) !== null,
    (header, content) => {
      const to = place(header.name);
      if (to === null || header.type === "directory") return;
      const mode = to.mode === undefined ? header.mode | 0o644 : Number.parseInt(to.mode, 8);
      addTarEntry(tree, { ...header, name: to.target, mode }, content);
      if (/\/node_modules\/(?:@[^/]+\/)?[^/]+\/package\.json$/.test(header.name))
        bundled.push(...packageName(content));
    },
  );
  return bundled;
}

function packageName(content: Uint8Array): string[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(content).toString("utf8"));
    if (typeof parsed !== "object" || parsed === null) return [];
    const { name, version } = parsed as { name?: unknown; version?: unknown };
    return typeof name === "string" && typeof version === "string" ? [`${name}@${version}`] : [];
  } catch {
    return [];
  }
}

function keyPath(cacheDir: string, key: Digest): string {
  return join(cacheDir, "layers", `${key.slice("sha256:".length)}.json`);
}
