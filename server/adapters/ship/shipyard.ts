import { createReadStream } from "node:fs";

import { userOf } from "../../core/images/oci.ts";
import { listParts } from "../../core/images/parts.ts";
import type { Recipe } from "../../core/images/recipe.ts";
import { topOf } from "../../core/images/recipe.ts";
import { GateError } from "../../engine/errors.ts";
import type { Progress, Repository } from "../../engine/ports.ts";
import type { OpenedBase, Shipyard } from "../../engine/ship-ports.ts";
import type { Engine } from "../docker/engine.ts";
import { openImageParts } from "../images/build.ts";
import { defaultCacheDir } from "../images/cache.ts";
import { layerPath } from "../images/layers.ts";
import { makeAppLayer, makeDependencyLayer } from "./app-layers.ts";
import { readHead } from "./read-commit.ts";

/** A yard that builds on the images of this machine's recipes. The engine is asked for when it is needed. */
export function createShipyard(repository: Repository, connect: () => Promise<Engine>): Shipyard {
  const cacheDir = defaultCacheDir();
  return {
    readHead: (signal) => readHead(repository, signal),
    openBase: (recipe, progress, signal) => openBase(connect, recipe, progress, signal),
    makeAppLayer: (files, time, signal) => {
      const epoch = Math.floor(Date.parse(time) / 1000);
      return makeAppLayer(repository, files, epoch, { cacheDir, signal });
    },
    makeDependencyLayer: (plan, progress, signal) =>
      makeDependencyLayer(plan, { cacheDir, progress, signal }),
    openLayer: ({ digest, size }) => ({
      digest,
      size,
      open: () => createReadStream(layerPath(cacheDir, digest)),
    }),
  };
}

async function openBase(
  connect: () => Promise<Engine>,
  recipe: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<OpenedBase> {
  const { docker: engine } = await connect();
  const { chain, layers, lock, record } = await openImageParts(recipe, {
    engine,
    progress,
    signal,
  });
  if (!record.audit.clean) {
    throw new GateError("not-shippable", `The image ${recipe} does not pass its own audit.`, {
      remedy: `Build it anew with \`shipgate image build ${recipe}\`.`,
    });
  }
  const environment: Recipe["environment"] = Object.assign(
    {},
    ...chain.steps.map((step) => step.recipe.environment),
  );
  const image = {
    name: recipe,
    digest: record.manifestDigest,
    architecture: record.architecture,
    layers: layers.map(({ digest, sizeBytes }, index) => ({
      digest,
      size: sizeBytes,
      holds: `the image ${chain.steps[index]?.name ?? recipe}`,
    })),
    environment: Object.entries(environment)
      .map(([key, value]) => `${key}=${value}`)
      .toSorted(),
    user: userOf(chain),
    entrypoint: topOf(chain).entrypoint,
  };
  return { image, parts: listParts(lock, layers) };
}
