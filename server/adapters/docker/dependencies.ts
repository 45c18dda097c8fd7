import { hostname, userInfo } from "node:os";

import type Docker from "dockerode";

import { addressOf, type Digest } from "../../core/digest.ts";
import type { GitObjectId } from "../../core/edit.ts";
import { type InstallPlan, planInstall, type Platform } from "../../core/install/plan.ts";
import { GateError } from "../../engine/errors.ts";
import type { Progress, Repository } from "../../engine/ports.ts";
import {
  evictLayers,
  isWhole,
  type LayerSettings,
  makeLayer,
  markUsed,
  mountOf,
} from "./dependency-volumes.ts";
import { type Engine, engineFailed } from "./engine.ts";
import { defaultTarballDir, fetchTarballs } from "./tarballs.ts";

/** Changes whenever the same plan would be unpacked differently. */
const FORMAT = 1;
const DEFAULTS = {
  limits: { bytes: 8 * 1024 ** 3, files: 1_000_000 },
  keptBytes: 10 * 1024 ** 3,
};

/** Brings the dependencies of a tree into boxes, as a read-only volume by lock-file hash. */
export interface DependencyLayer {
  /** Makes the volume where it is missing; null for a tree without dependencies. Throws GateError `registry-failed`, `bad-input`, `engine-failed`, `cancelled`. */
  prepare(
    engine: Engine,
    repository: Repository,
    tree: GitObjectId,
    image: Digest,
    progress: Progress,
    signal: AbortSignal,
  ): Promise<Digest | null>;
  /** Where in the box the volume of a key goes. */
  mountOf(key: Digest): { readonly volume: string; readonly target: string };
}

/**
 * Layers for npm: the packages of the root's lock file, fetched by the user's own npm, unpacked by
 * us into a volume that base and head share where they ask for the same. No package manager and no
 * script runs in it: the lock file already says where everything goes.
 */
export function createDependencyLayer(
  options: Partial<Omit<LayerSettings, "docker">> = {},
): DependencyLayer {
  /** Base and head often ask for the same layer at the same time. */
  const making = new Map<Digest, Promise<void>>();
  return {
    mountOf,
    prepare: async ({ docker }, repository, tree, image, progress, signal) => {
      const plan = await readPlan(repository, tree, await platformOf(docker, image), signal);
      if (plan === null) return null;
      const { packages, links } = plan;
      const layer = addressOf({ format: FORMAT, packages, links });
      const owner = `${userInfo().username}@${hostname()}`;
      const settings = { docker, cacheDir: defaultTarballDir(), owner, ...DEFAULTS, ...options };
      await making.get(layer)?.catch(() => undefined);
      const made = make(settings, plan, layer, image, progress, signal);
      making.set(layer, made);
      await made.finally(() => making.delete(layer));
      return layer;
    },
  };
}

async function make(
  settings: LayerSettings,
  plan: InstallPlan,
  layer: Digest,
  image: Digest,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  if (!(await isWhole(settings.docker, layer))) {
    await fetchTarballs(plan.packages, settings.cacheDir, progress, signal);
    progress("Unpacking the dependencies");
    await makeLayer(settings, plan, layer, image, signal);
    await evictLayers(settings, layer);
  }
  await markUsed(settings, layer);
}

async function readPlan(
  repository: Repository,
  tree: GitObjectId,
  platform: Platform,
  signal: AbortSignal,
): Promise<InstallPlan | null> {
  const names = ["package.json", "package-lock.json", "npm-shrinkwrap.json"];
  const entries = await repository.findInTree(tree, names, signal);
  const texts = await repository.readTexts(
    entries.map(({ blob }) => blob),
    signal,
  );
  const textOf = (name: string): string | null => {
    const entry = entries.find(({ path }) => path === name);
    if (entry === undefined) return null;
    const text = texts.get(entry.blob);
    if (text !== undefined && entry.mode.startsWith("100")) return text;
    throw badInput(`${name} is no readable text file.`, "Make it an ordinary file.");
  };
  const manifest = textOf("package.json");
  if (manifest === null) return null;
  // npm prefers a shrinkwrap, and so must we, or the change could show us another lock file than npm.
  const lock = textOf("npm-shrinkwrap.json") ?? textOf("package-lock.json");
  const plan = planInstall(manifest, lock, platform);
  if (plan !== null && "problem" in plan) throw badInput(plan.problem, plan.remedy);
  return plan;
}

function badInput(message: string, remedy: string): GateError {
  return new GateError("bad-input", message, { remedy });
}

async function platformOf(docker: Docker, image: Digest): Promise<Platform> {
  try {
    const { Architecture, Os } = await docker.getImage(image).inspect();
    const cpu = { amd64: "x64", "386": "ia32" }[Architecture] ?? Architecture;
    return { os: Os || "linux", cpu, libc: "glibc" };
  } catch (cause) {
    throw engineFailed("does not know the image of the sandbox", cause);
  }
}
