import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";

import { z } from "zod";

import type { DebianArchitecture } from "../../core/images/apt.ts";
import type { RecipeArtifact } from "../../core/images/recipe.ts";
import { LockedArtifact } from "../../core/images/record.ts";
import { GateError } from "../../engine/errors.ts";
import { fileSize, hashFile } from "./cache.ts";
import { CommandError, runCommand } from "./process.ts";

const Packed = z.object({ name: z.string(), version: z.string(), filename: z.string() });
// npm gives a list; newer versions an object by package name.
const PackOutput = z.union([z.array(Packed), z.record(z.string(), Packed)]);

/** The npm package that an artifact of a recipe means on an architecture. */
export function artifactName(artifact: RecipeArtifact, architecture: DebianArchitecture): string {
  return artifact.name.replace("{arch}", architecture === "amd64" ? "x64" : "arm64");
}

/** Where the cache keeps an npm package: by its integrity, so that nothing else can stand in for it. */
export function artifactPath(cacheDir: string, { integrity }: LockedArtifact): string {
  const hex = Buffer.from(integrity.slice("sha512-".length), "base64").toString("hex");
  return join(cacheDir, "npm", `${hex.slice(0, 64)}.tgz`);
}

/**
 * Fetches the newest version that the recipe allows with the user's own npm and its configuration;
 * npm checks it against the registry. Throws GateError `registry-failed`, `image-failed`, `cancelled`.
 */
export async function fetchArtifact(
  name: string,
  version: string,
  cacheDir: string,
  signal: AbortSignal,
): Promise<LockedArtifact> {
  await mkdir(join(cacheDir, "npm"), { recursive: true });
  const folder = await mkdtemp(join(cacheDir, "npm", "fetch-"));
  try {
    const packed = await pack(`${name}@${version}`, folder, signal);
    if (packed.name !== name || /[/\\]/.test(packed.filename))
      throw badAnswer(`npm gave ${packed.name} where ${name} was asked for`);
    const path = join(folder, packed.filename);
    const locked = LockedArtifact.parse({
      name,
      version: packed.version,
      integrity: `sha512-${await hashFile(path, "sha512", "base64")}`,
    });
    await rename(path, artifactPath(cacheDir, locked));
    return locked;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The path of a pinned npm package, fetched where the cache lost it. Throws as fetchArtifact does. */
export async function ensureArtifact(
  locked: LockedArtifact,
  cacheDir: string,
  signal: AbortSignal,
): Promise<string> {
  const path = artifactPath(cacheDir, locked);
  if (await isIntact(path, locked)) return path;
  const fetched = await fetchArtifact(locked.name, locked.version, cacheDir, signal);
  if (fetched.integrity !== locked.integrity)
    throw badAnswer(`${locked.name} ${locked.version} is not what the lock names`);
  return path;
}

async function isIntact(path: string, locked: LockedArtifact): Promise<boolean> {
  if ((await fileSize(path)) === null) return false;
  return `sha512-${await hashFile(path, "sha512", "base64")}` === locked.integrity;
}

async function pack(
  specification: string,
  folder: string,
  signal: AbortSignal,
): Promise<z.infer<typeof Packed>> {
  let output: string;
  try {
    // The folder is empty: no project configuration takes part, only the user's.
    output = await runCommand(
      ["npm", "pack", "--json", "--ignore-scripts", "--loglevel=error", specification],
      { cwd: folder, environment: npmEnvironment(), signal },
    );
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new GateError(
      "registry-failed",
      error.isMissing ? error.message : `npm could not fetch ${specification}: ${error.output}`,
      {
        remedy: `Try \`npm view ${specification}\`, mend npm's configuration, build again.`,
        cause: error,
      },
    );
  }
  const parsed = PackOutput.safeParse(parseJson(output));
  const first = parsed.success ? Object.values(parsed.data)[0] : undefined;
  if (first === undefined) throw badAnswer(`npm's answer for ${specification} could not be read`);
  return first;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The user's environment without what `npm run` adds for the project that it runs in. */
export function npmEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^npm_(?!config_(?:registry|userconfig|https?_proxy|proxy|cafile)$)/i.test(name),
    ),
  );
}

function badAnswer(what: string): GateError {
  return new GateError("registry-failed", `${what}.`, {
    remedy: "Build again; if it stays so, do not trust this registry.",
  });
}
