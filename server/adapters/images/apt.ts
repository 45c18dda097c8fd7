import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";

import {
  APT_PREFERENCES,
  aptConfiguration,
  aptStatus,
  type DebianArchitecture,
  debFileName,
  lockPackages,
  type LockedPackage,
  parseSimulation,
} from "../../core/images/apt.ts";
import { packagesOf, type RecipeChain } from "../../core/images/recipe.ts";
import { GateError } from "../../engine/errors.ts";
import type { Progress } from "../../engine/ports.ts";
import type { AptHost } from "./apt-host.ts";
import { fileSize, hashFile, temporaryBeside } from "./cache.ts";
import { CommandError } from "./process.ts";

const FOLDERS = ["none.d", "state", "lists/partial", "cache/archives/partial", "download"];
const MIRROR_REMEDY =
  "Check the network and the sources in /etc/apt, for example with `apt-get update`, then build again.";

/**
 * Lets apt work out what each recipe of the chain adds, dependencies included, and pins it to the
 * hashes in apt's signed index. Throws GateError `registry-failed`, `image-failed`, `cancelled`.
 */
export async function resolvePackages(
  host: AptHost,
  chain: RecipeChain,
  architecture: DebianArchitecture,
  progress: Progress,
  signal: AbortSignal,
): Promise<readonly (readonly LockedPackage[])[]> {
  await configure(host, architecture, [], signal);
  progress(`Reading the package lists with ${host.name}`);
  const updateProblem = await update(host, signal);
  if (updateProblem !== null)
    progress(`Going on with the package lists of an earlier build: ${updateProblem}`);
  const steps: (readonly LockedPackage[])[] = [];
  const taken = new Map<string, string>();
  for (const index of chain.steps.keys()) {
    const { wanted, excluded } = packagesOf(chain.steps.slice(0, index + 1));
    await configure(host, architecture, excluded, signal);
    const closure = await simulate(host, wanted, updateProblem, signal);
    const added = closure.filter(({ name, version }) => taken.get(name) !== version);
    for (const { name, version } of added) taken.set(name, version);
    steps.push(added);
  }
  return steps;
}

/**
 * Brings the pinned packages into the cache, verified by SHA-256, and gives their paths by hash.
 * Throws GateError `registry-failed`, `image-failed`, `cancelled`.
 */
export async function downloadPackages(
  host: AptHost,
  packages: readonly LockedPackage[],
  architecture: DebianArchitecture,
  cacheDir: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const folder = join(cacheDir, "debs");
  await mkdir(folder, { recursive: true });
  const paths = new Map(packages.map(({ sha256 }) => [sha256, join(folder, `${sha256}.deb`)]));
  const missing: LockedPackage[] = [];
  for (const locked of packages)
    if (!(await isIntact(paths.get(locked.sha256) ?? "", locked))) missing.push(locked);
  if (missing.length === 0) return paths;
  progress(`Downloading ${missing.length} packages with ${host.name}`);
  await configure(host, architecture, [], signal);
  await aptRun(host, downloadArguments(host, missing), signal);
  for (const locked of missing) await keep(host, locked, paths.get(locked.sha256) ?? "", signal);
  return paths;
}

async function configure(
  host: AptHost,
  architecture: DebianArchitecture,
  excluded: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const dump = await host.run(["apt-config", "dump"], signal);
  await host.prepare(
    {
      "apt.conf": aptConfiguration(host.directory, architecture, dump),
      preferences: APT_PREFERENCES,
      status: aptStatus(excluded),
      none: "",
    },
    FOLDERS,
    signal,
  );
}

/** Gives what went wrong instead of throwing: lists of an earlier update may still do. */
async function update(host: AptHost, signal: AbortSignal): Promise<string | null> {
  try {
    // Without this option apt only warns about a mirror that does not answer.
    const strict = ["--option", "APT::Update::Error-Mode=any"];
    await host.run(apt(host, "apt-get", "update", "--quiet", ...strict), signal);
    return null;
  } catch (error) {
    if (error instanceof CommandError) return error.output;
    throw error;
  }
}

async function simulate(
  host: AptHost,
  wanted: readonly string[],
  updateProblem: string | null,
  signal: AbortSignal,
): Promise<readonly LockedPackage[]> {
  try {
    const simulated = parseSimulation(
      await host.run(apt(host, "apt-get", "install", "--simulate", ...wanted), signal),
    );
    const names = simulated.map(({ name, version }) => `${name}=${version}`);
    return lockPackages(
      simulated,
      await host.run(apt(host, "apt-cache", "show", ...names), signal),
    );
  } catch (error) {
    if (GateError.is(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    if (updateProblem !== null)
      throw new GateError(
        "registry-failed",
        `No mirror of the packages answered: ${updateProblem}`,
        {
          remedy: MIRROR_REMEDY,
          cause: error,
        },
      );
    throw new GateError("image-failed", `The packages could not be resolved: ${reason}`, {
      remedy: "Check that the sources in /etc/apt are those of a Debian or Ubuntu release.",
      cause: error,
    });
  }
}

function downloadArguments(host: AptHost, missing: readonly LockedPackage[]): readonly string[] {
  const names = missing.map(({ name, version }) => `${name}=${version}`);
  // `env --chdir`: apt-get download writes into the current folder and has no option for another.
  return [
    "env",
    `--chdir=${host.directory}/download`,
    ...apt(host, "apt-get", "download", "--quiet", ...names),
  ];
}

async function aptRun(host: AptHost, argv: readonly string[], signal: AbortSignal): Promise<void> {
  try {
    await host.run(argv, signal);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new GateError("registry-failed", `Packages could not be downloaded: ${error.output}`, {
      remedy: MIRROR_REMEDY,
      cause: error,
    });
  }
}

async function keep(
  host: AptHost,
  locked: LockedPackage,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    await host.take(`download/${debFileName(locked)}`, temporary, signal);
    if (!(await isIntact(temporary, locked)))
      throw new GateError(
        "registry-failed",
        `${debFileName(locked)} is not what the signed index names (SHA-256 differs).`,
        { remedy: "Build again; if it stays so, do not trust this mirror." },
      );
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function isIntact(path: string, locked: LockedPackage): Promise<boolean> {
  if ((await fileSize(path)) !== locked.size) return false;
  return (await hashFile(path, "sha256", "hex")) === locked.sha256;
}

function apt(host: AptHost, program: string, ...rest: readonly string[]): readonly string[] {
  return ["env", `APT_CONFIG=${host.directory}/apt.conf`, program, ...rest];
}
