import { readdir } from "node:fs/promises";
import { join } from "node:path";

import type Docker from "dockerode";

import type { DebianArchitecture } from "../../core/images/apt.ts";
import { type RecipeChain, topOf } from "../../core/images/recipe.ts";
import { type ImageLock, ImageRecord, type LayerRecord } from "../../core/images/record.ts";
import { cancelled, GateError } from "../../engine/errors.ts";
import type { Progress } from "../../engine/ports.ts";
import { type AptHostOpener, type AptSourceOptions, openAptHost } from "./apt-source.ts";
import { assembleImage, imageKey, makeLayers } from "./assemble.ts";
import {
  defaultCacheDir,
  defaultStateDir,
  readJson,
  sweepTemporaries,
  withLock,
  writeWhole,
} from "./cache.ts";
import { engineArchitecture, findEngineId } from "./engine.ts";
import type { AddedFile } from "./layers.ts";
import { lockPath, readLock, resolveLock } from "./lock.ts";
import { asImageError } from "./process.ts";
import { readRecipeChain } from "./recipes.ts";

export interface BuildOptions extends AptSourceOptions {
  readonly engine: Docker;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Packages and layers; default `~/.cache/shipgate/images`. */
  readonly cacheDir?: string;
  /** Locks, records and SBOMs; default `~/.local/state/shipgate/images`. */
  readonly stateDir?: string;
  /** Where recipes are read from; default: those that Shipgate brings. */
  readonly recipesDir?: string;
  /** Files that go on top as a layer of their own. */
  readonly files?: readonly AddedFile[];
}

/** What the steps of one build share. */
export interface Build {
  readonly chain: RecipeChain;
  readonly architecture: DebianArchitecture;
  readonly engine: Docker;
  readonly cacheDir: string;
  readonly stateDir: string;
  readonly files: readonly AddedFile[];
  readonly host: AptHostOpener;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Builds an image of a recipe from the newest signed packages, loads it into the engine and records it.
 * Throws GateError `no-engine`, `registry-failed`, `image-failed`, `bad-usage`, `cancelled`.
 */
export function buildImage(recipe: string, options: BuildOptions): Promise<ImageRecord> {
  return inBuild(recipe, options, async (build) => {
    const lock = await resolveLock(build);
    const record = await assembleImage(build, lock);
    await writeWhole(lockPath(build), JSON.stringify(lock, null, 2));
    await writeWhole(recordPath(build), JSON.stringify(record, null, 2));
    return record;
  });
}

/**
 * The image of a recipe as it was last built: at once where the engine still has it, from the cache
 * where not, built where it never was. Throws as buildImage does.
 */
export async function prepareImage(recipe: string, options: BuildOptions): Promise<ImageRecord> {
  const ready = await findImage(recipe, options);
  if (ready !== null) return ready;
  const restored = await inBuild(recipe, options, async (build) => {
    const found = await findBuilt(build);
    if (found !== null) return found;
    const lock = await readLock(build);
    if (lock === null) return null;
    try {
      const record = await assembleImage(build, lock);
      await writeWhole(recordPath(build), JSON.stringify(record, null, 2));
      return record;
    } catch (error) {
      // The mirror no longer serves what the lock names, and the cache lost it: resolve anew.
      if (GateError.is(error, "registry-failed")) return null;
      throw error;
    }
  });
  return restored ?? buildImage(recipe, options);
}

/** The recorded image where the engine has it and nothing that it is made of changed; else null. */
export function findImage(recipe: string, options: BuildOptions): Promise<ImageRecord | null> {
  return withBuild(recipe, options, findBuilt);
}

/** An image with everything that another image needs to stand on it. */
export interface ImageParts {
  readonly record: ImageRecord;
  readonly chain: RecipeChain;
  readonly lock: ImageLock;
  readonly layers: readonly LayerRecord[];
  /** Where the layers lie: see layerPath. */
  readonly cacheDir: string;
}

/**
 * The image of a recipe as it was last built, with its layers as files, made again where the cache
 * lost them. Throws as buildImage does.
 */
export async function openImageParts(recipe: string, options: BuildOptions): Promise<ImageParts> {
  await prepareImage(recipe, options);
  return inBuild(recipe, options, async (build) => {
    const lock = (await readLock(build)) ?? (await resolveLock(build));
    const layers = await makeLayers(build, lock);
    const record = await assembleImage(build, lock);
    return { record, chain: build.chain, lock, layers, cacheDir: build.cacheDir };
  });
}

/** Every image that was built on this machine, in the order of their recipes. */
export async function listImages(stateDir = defaultStateDir()): Promise<readonly ImageRecord[]> {
  const folder = join(stateDir, "records");
  const names = await readdir(folder).catch(() => []);
  const records = await Promise.all(
    names
      .filter((name) => name.endsWith(".json"))
      .toSorted()
      .map((name) => readJson(join(folder, name), ImageRecord)),
  );
  return records.filter((record) => record !== null);
}

async function findBuilt(build: Build): Promise<ImageRecord | null> {
  const [record, lock] = [await readJson(recordPath(build), ImageRecord), await readLock(build)];
  if (record === null || lock === null || record.key !== imageKey(build, lock)) return null;
  const engineId = await findEngineId(build.engine, record);
  return engineId === null ? null : { ...record, engineId };
}

function inBuild<T>(
  recipe: string,
  options: BuildOptions,
  work: (build: Build) => Promise<T>,
): Promise<T> {
  return withBuild(recipe, options, (build) =>
    withLock(build.cacheDir, build.progress, build.signal, async () => {
      await sweepTemporaries(build.cacheDir);
      return work(build);
    }),
  );
}

async function withBuild<T>(
  recipe: string,
  options: BuildOptions,
  work: (build: Build) => Promise<T>,
): Promise<T> {
  const chain = await readRecipeChain(recipe, options.recipesDir);
  const architecture = await engineArchitecture(options.engine);
  if (!topOf(chain).platforms.includes(`linux/${architecture}`))
    throw new GateError("image-failed", `The recipe ${recipe} is not made for ${architecture}.`, {
      remedy: "Use an engine on another processor.",
    });
  const cacheDir = options.cacheDir ?? defaultCacheDir();
  const host = openAptHost(options, join(cacheDir, "apt"));
  const { engine, progress, signal, files = [] } = options;
  const stateDir = options.stateDir ?? defaultStateDir();
  try {
    if (signal.aborted) throw cancelled("Building the image");
    return await work({
      chain,
      architecture,
      engine,
      cacheDir,
      stateDir,
      files,
      host,
      progress,
      signal,
    });
  } catch (error) {
    if (signal.aborted) throw cancelled("Building the image");
    throw asImageError(error, "Look at the message; `shipgate doctor` says what is missing here.");
  } finally {
    await host.close();
  }
}

function recordPath({ stateDir, chain, architecture, files }: Build): string {
  const suffix = files.length > 0 ? ".files" : "";
  return join(stateDir, "records", `${chain.name}.${architecture}${suffix}.json`);
}
