import { join } from "node:path";

import { addressOf, type Digest } from "../../core/digest.ts";
import type { RecipeChain } from "../../core/images/recipe.ts";
import { ImageLock, type LockedArtifact } from "../../core/images/record.ts";
import { resolvePackages } from "./apt.ts";
import type { Build } from "./build.ts";
import { readJson } from "./cache.ts";
import { artifactName, fetchArtifact } from "./npm-parts.ts";

/** Pins everything that the recipes of a build ask for to its newest version. */
export async function resolveLock(build: Build): Promise<ImageLock> {
  const { chain, architecture, progress, signal } = build;
  const host = await build.host.open(signal);
  const packages = await resolvePackages(host, chain, architecture, progress, signal);
  const steps: ImageLock["steps"] = [];
  for (const [index, { name, recipe }] of chain.steps.entries()) {
    const artifacts: LockedArtifact[] = [];
    for (const artifact of recipe.contents.artifacts) {
      const fullName = artifactName(artifact, architecture);
      progress(`Fetching ${fullName} ${artifact.version} with npm`);
      artifacts.push(await fetchArtifact(fullName, artifact.version, build.cacheDir, signal));
    }
    steps.push({ recipe: name, packages: [...(packages[index] ?? [])], artifacts });
  }
  const contents = contentsOf(chain);
  return { schemaVersion: 1, recipe: chain.name, architecture, contents, steps };
}

/** The lock of the last build; null where there is none for what the recipes ask for now. */
export async function readLock(build: Build): Promise<ImageLock | null> {
  const lock = await readJson(lockPath(build), ImageLock);
  return lock?.contents === contentsOf(build.chain) ? lock : null;
}

/** Where the lock of a recipe is kept. */
export function lockPath({ stateDir, chain, architecture }: Build): string {
  return join(stateDir, "locks", `${chain.name}.${architecture}.json`);
}

function contentsOf(chain: RecipeChain): Digest {
  return addressOf(chain.steps.map(({ name, recipe }) => ({ name, contents: recipe.contents })));
}
