import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** Our own programs that run in containers, and where their sources stand. */
const SOURCES = {
  keeper: "keeper/main.ts",
  launcher: "launcher.ts",
  "node-probe": "probe/node-probe.cjs",
} as const;

const kept = new Map<string, Promise<string>>();

/**
 * The text of one of our programs, for `node -e`: it goes in with the container's arguments, so it
 * needs neither an image of its own nor a mount, and is always this version's.
 */
export function readProgram(name: keyof typeof SOURCES): Promise<string> {
  const text = kept.get(name) ?? loadProgram(name);
  kept.set(name, text);
  return text;
}

/** In the package it was bundled beside us; in a checkout it is bundled now. */
async function loadProgram(name: keyof typeof SOURCES): Promise<string> {
  const here = import.meta.dirname;
  const built = [here, join(here, "..")]
    .map((folder) => join(folder, `${name}.cjs`))
    .find(existsSync);
  if (built !== undefined) return readFile(built, "utf8");
  // Self-contained, and its every line must stay as it is: it stands in the place of other functions.
  if (SOURCES[name].endsWith(".cjs")) return readFile(join(here, SOURCES[name]), "utf8");
  const { rolldown } = await import("rolldown");
  const bundle = await rolldown({
    input: join(here, SOURCES[name]),
    platform: "node",
    transform: { target: "node22" },
  });
  const { output } = await bundle.generate({ format: "cjs", minify: true });
  await bundle.close();
  return output[0].code;
}
