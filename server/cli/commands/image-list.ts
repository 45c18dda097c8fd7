import { listImages } from "../../adapters/images/build.ts";
import { readRecipes } from "../../adapters/images/recipes.ts";
import { printable } from "../../core/printable.ts";
import type { ExitCode, Invocation } from "../command.ts";
import { describeRecord, imageLines } from "../images.ts";
import type { ImageListOutput } from "../output.ts";
import { reportJson } from "../reporters/json.ts";

/** `shipgate image list` */
export async function run({ strings, print }: Invocation): Promise<ExitCode> {
  const [recipes, records] = await Promise.all([readRecipes(), listImages()]);
  const images = [...recipes].flatMap(([recipe, { variant }]) => {
    const built = records.filter((record) => record.recipe === recipe).map(describeRecord);
    return built.length > 0 ? built : [notBuilt(recipe, variant)];
  });
  const output: ImageListOutput = { schemaVersion: 1, images };
  const lines = images.flatMap(imageLines).map((line) => `${printable(line)}\n`);
  await print(strings["format"] === "json" ? reportJson(output) : lines.join(""));
  return 0;
}

function notBuilt(recipe: string, variant: "runtime" | "dev"): ImageListOutput["images"][number] {
  return {
    recipe,
    variant,
    digest: null,
    sizeBytes: null,
    packages: null,
    builtAt: null,
    sbom: null,
    faults: [],
  };
}
