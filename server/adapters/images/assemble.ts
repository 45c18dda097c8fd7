import { join } from "node:path";

import { addressOf, type Digest } from "../../core/digest.ts";
import { type Audit, auditImage } from "../../core/images/audit.ts";
import { type ImagePlan, planImage } from "../../core/images/oci.ts";
import { listParts } from "../../core/images/parts.ts";
import { topOf } from "../../core/images/recipe.ts";
import type { ImageLock, ImageRecord, LayerRecord } from "../../core/images/record.ts";
import { downloadPackages } from "./apt.ts";
import type { Build } from "./build.ts";
import { writeWhole } from "./cache.ts";
import { findEngineId, loadImage } from "./engine.ts";
import {
  BUILDER_VERSION,
  describeFiles,
  findLayer,
  layerKey,
  layerPath,
  makeFileLayer,
  makeLayer,
} from "./layers.ts";
import { ensureArtifact } from "./npm-parts.ts";
import { listLayer } from "./tar.ts";

/** Address of everything that decides over an image's bytes. */
export function imageKey({ chain, files }: Build, lock: ImageLock): Digest {
  const recipes = chain.steps;
  return addressOf({ builder: BUILDER_VERSION, recipes, lock, files: describeFiles(files) });
}

/** Makes the image that a lock pins, loads it into the engine and writes its bill of materials. */
export async function assembleImage(build: Build, lock: ImageLock): Promise<ImageRecord> {
  const { chain, architecture, engine, cacheDir, progress, signal } = build;
  const layers = await makeLayers(build, lock);
  const created = new Date(Math.max(...layers.map(({ epoch }) => epoch)) * 1000).toISOString();
  const plan = planImage(chain, architecture, layers, created);
  const audit = await auditLayers(build, plan, layers);
  const identity = {
    configDigest: plan.config.digest,
    manifestDigest: plan.manifest.digest,
    tag: plan.tag,
  };
  let engineId = await findEngineId(engine, identity);
  if (engineId === null) {
    progress("Loading the image into the engine", 0.9);
    engineId = await loadImage(engine, plan, layers, cacheDir, signal);
  }
  const parts = listParts(lock, layers);
  // A large library: loaded by builds only.
  const { imageSbom } = await import("./sbom.ts");
  const sbomPath = join(build.stateDir, "sboms", `${plan.config.digest.slice(7)}.cdx.json`);
  await writeWhole(sbomPath, imageSbom({ recipe: chain.name, ...identity, created, parts }));
  return {
    schemaVersion: 1,
    recipe: chain.name,
    variant: topOf(chain).variant,
    architecture,
    key: imageKey(build, lock),
    ...identity,
    engineId,
    layers: layers.map(({ digest, sizeBytes }) => ({ digest, sizeBytes })),
    sizeBytes: layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    packages: parts.map(({ purl, name, version }) => ({ purl, name, version })),
    sbomPath,
    audit: { clean: audit.clean, checks: [...audit.checks] },
    created,
    builtAt: new Date().toISOString(),
  };
}

/** The layers of an image, from the cache where it has them whole. */
export async function makeLayers(build: Build, lock: ImageLock): Promise<readonly LayerRecord[]> {
  const { chain, cacheDir, files, progress, signal } = build;
  const layers: LayerRecord[] = [];
  for (const [index, step] of lock.steps.entries()) {
    const recipe = chain.steps[index]?.recipe;
    if (recipe === undefined) continue;
    const found = await findLayer(cacheDir, layerKey(recipe, step));
    if (found === null)
      progress(`Making the layer ${step.recipe}`, 0.3 + (0.5 * index) / lock.steps.length);
    layers.push(found ?? (await makeStep(build, recipe, step)));
  }
  const epoch = layers.at(-1)?.epoch ?? 0;
  if (files.length > 0) layers.push(await makeFileLayer(files, epoch, cacheDir, signal));
  return layers;
}

async function makeStep(
  build: Build,
  recipe: Parameters<typeof makeLayer>[0],
  step: ImageLock["steps"][number],
): Promise<LayerRecord> {
  const { cacheDir, architecture, progress, signal } = build;
  const host = await build.host.open(signal);
  const debPaths = await downloadPackages(
    host,
    step.packages,
    architecture,
    cacheDir,
    progress,
    signal,
  );
  const artifactPath = (locked: Parameters<typeof ensureArtifact>[0]): Promise<string> =>
    ensureArtifact(locked, cacheDir, signal);
  return makeLayer(recipe, step, { host, debPaths, artifactPath }, cacheDir, signal);
}

async function auditLayers(
  { chain, cacheDir, signal }: Build,
  plan: ImagePlan,
  layers: readonly LayerRecord[],
): Promise<Audit> {
  const top = topOf(chain);
  const entries = [];
  for (const { digest } of layers)
    entries.push(...(await listLayer(layerPath(cacheDir, digest), signal)));
  return auditImage({
    variant: top.variant,
    user: plan.user,
    entries,
    sizeLimitBytes: top["size-limit"] * 1024 * 1024,
  });
}
