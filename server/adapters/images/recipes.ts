import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { parse } from "yaml";
import { z } from "zod";

import { chainRecipes, Recipe, type RecipeChain } from "../../core/images/recipe.ts";
import { GateError } from "../../engine/errors.ts";

/** Reads every recipe that Shipgate brings. Throws GateError `bad-input` for one with a mistake. */
export async function readRecipes(folder?: string): Promise<ReadonlyMap<string, Recipe>> {
  const from = folder ?? (await findRecipes());
  const recipes = new Map<string, Recipe>();
  for (const name of (await readdir(from)).toSorted()) {
    if (!name.endsWith(".yaml")) continue;
    const parsed = Recipe.safeParse(parse(await readFile(join(from, name), "utf8")));
    if (!parsed.success)
      throw new GateError(
        "bad-input",
        `The recipe ${name} has a mistake: ${z.prettifyError(parsed.error)}`,
        {
          remedy: "Mend the recipe.",
          cause: parsed.error,
        },
      );
    recipes.set(name.slice(0, -".yaml".length), parsed.data);
  }
  return recipes;
}

/** A recipe with those it stands on. Throws GateError `bad-usage` for an unknown name. */
export async function readRecipeChain(name: string, folder?: string): Promise<RecipeChain> {
  const recipes = await readRecipes(folder);
  try {
    return chainRecipes(name, recipes);
  } catch (error) {
    throw new GateError("bad-usage", error instanceof Error ? error.message : String(error), {
      remedy: `Use one of: ${[...recipes.keys()].toSorted().join(", ")}.`,
      cause: error,
    });
  }
}

/** The recipes lie beside the sources, or beside the bundle that was made of them. */
async function findRecipes(): Promise<string> {
  const here = dirname(fileURLToPath(import.meta.url));
  for (const candidate of ["images", "../images", "../../images"]) {
    const folder = join(here, candidate);
    const names = await readdir(folder).catch(() => []);
    if (names.some((name) => name.endsWith(".yaml"))) return folder;
  }
  throw new GateError(
    "image-failed",
    "Shipgate's image recipes are missing from this installation.",
    {
      remedy: "Install Shipgate again.",
    },
  );
}
