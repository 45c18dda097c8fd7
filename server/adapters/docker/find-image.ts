import type { Digest } from "../../core/digest.ts";
import { printable } from "../../core/printable.ts";
import { GateError } from "../../engine/errors.ts";
import type { Progress } from "../../engine/ports.ts";
import { prepareImage } from "../images/build.ts";
import { readRecipes } from "../images/recipes.ts";
import type { Engine } from "./engine.ts";

const PINNED = /^(?:[^@\s]+@)?sha256:[0-9a-f]{64}$/;

/**
 * The image to run a box from: of a recipe the variant with the tools that tests need, built where
 * it is missing; of a pinned reference what the engine has. Throws GateError `image-failed`, `no-engine`.
 */
export async function findImage(
  { docker }: Engine,
  name: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<Digest> {
  if (PINNED.test(name)) return findPinned(docker, name);
  const recipes = await readRecipes();
  const recipe = recipes.has(`${name}-dev`) ? `${name}-dev` : name;
  const record = await prepareImage(recipe, { engine: docker, progress, signal });
  return record.engineId;
}

async function findPinned(docker: Engine["docker"], name: string): Promise<Digest> {
  try {
    const { Id } = await docker.getImage(name).inspect();
    return Id as Digest;
  } catch (error) {
    throw new GateError("image-failed", `The engine does not have the image ${printable(name)}.`, {
      remedy: `Fetch it with \`docker pull ${printable(name)}\`, or use a recipe such as node-24.`,
      cause: error,
    });
  }
}
