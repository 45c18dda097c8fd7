import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

import type { PlannedPackage } from "../../core/install/plan.ts";
import { printable } from "../../core/printable.ts";
import { cancelled, GateError } from "../../engine/errors.ts";
import type { Progress } from "../../engine/ports.ts";
import { npmEnvironment } from "../images/npm-parts.ts";
import { CommandError, runCommand } from "../images/process.ts";

/** Largest package, packed, in bytes. */
const LARGEST = 512 * 1024 * 1024;
/** Packages that one call of npm fetches; npm itself bounds the connections. */
const AT_ONCE = 60;

/** Where tarballs are kept; losing it costs time only. `~/.cache/shipgate/tarballs` by default. */
export function defaultTarballDir(environment: NodeJS.ProcessEnv = process.env): string {
  const chosen = environment["XDG_CACHE_HOME"] ?? "";
  const base = isAbsolute(chosen) ? chosen : join(homedir(), ".cache");
  return join(base, "shipgate", "tarballs");
}

/**
 * Sees to it that every package is in the cache. The user's own npm fetches what is missing, with
 * the user's configuration (registry, scopes, credentials, proxy, certificates) and none of the
 * project's, which could send it anywhere. What npm keeps is found by the lock file's hash alone, so
 * a registry that gives something else gives nothing. Throws `registry-failed`, `cancelled`.
 */
export async function fetchTarballs(
  packages: readonly PlannedPackage[],
  cacheDir: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const missing: PlannedPackage[] = [];
  for (const each of packages) if (!(await isKept(cacheDir, each))) missing.push(each);
  if (missing.length === 0) return;
  await mkdir(cacheDir, { recursive: true });
  const folder = await mkdtemp(join(cacheDir, "fetch-"));
  try {
    for (let from = 0; from < missing.length; from += AT_ONCE) {
      progress(`Fetching ${missing.length} packages`, from / missing.length);
      await fetchSome(missing.slice(from, from + AT_ONCE), cacheDir, folder, signal);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function fetchSome(
  packages: readonly PlannedPackage[],
  cacheDir: string,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const specifications = new Set(packages.map(({ name, version }) => `${name}@${version}`));
  const options = ["--cache", cacheDir, "--loglevel=error", "--no-update-notifier", "--logs-max=0"];
  try {
    await runCommand(["npm", "cache", "add", ...options, "--", ...specifications], {
      cwd: folder,
      environment: npmEnvironment(),
      signal,
    });
  } catch (error) {
    if (signal.aborted) throw cancelled("Fetching the dependencies");
    if (!(error instanceof CommandError)) throw error;
    const lost: string[] = [];
    for (const each of packages) {
      if (!(await isKept(cacheDir, each))) lost.push(printable(`${each.name}@${each.version}`));
    }
    const which = `${lost.slice(0, 3).join(", ")}${lost.length > 3 ? ` and ${lost.length - 3} more` : ""}`;
    throw new GateError("registry-failed", `npm could not fetch ${which}: ${error.message}`, {
      remedy: error.isMissing
        ? "Install npm, then try again."
        : "See that the packages exist and that `npm view` reaches the configured registry from outside the project.",
      cause: error,
    });
  }
  for (const each of packages) if (!(await isKept(cacheDir, each))) throw notTheSame(each);
}

function notTheSame({ name, version }: PlannedPackage): GateError {
  const what = printable(`${name}@${version}`);
  return new GateError(
    "registry-failed",
    `The configured registry's ${what} is not the one that package-lock.json pins: their hashes differ.`,
    { remedy: "Find out who changed the lock file or the package; do not install it meanwhile." },
  );
}

/** Opens a kept tarball. Its content is checked again while it is read: see `verifyTarball`. */
export function tarballPath(cacheDir: string, { integrity }: PlannedPackage): string {
  const hex = Buffer.from(integrity.slice("sha512-".length), "base64").toString("hex");
  // npm's cache keeps content by its hash (cacache, content-v2).
  return join(
    cacheDir,
    "_cacache",
    "content-v2",
    "sha512",
    hex.slice(0, 2),
    hex.slice(2, 4),
    hex.slice(4),
  );
}

/** Checks a kept tarball against its hash; what does not hold is removed. Throws GateError `registry-failed`. */
export async function verifyTarball(cacheDir: string, each: PlannedPackage): Promise<string> {
  const path = tarballPath(cacheDir, each);
  const hash = createHash("sha512");
  for await (const piece of createReadStream(path) as AsyncIterable<Buffer>) hash.update(piece);
  if (`sha512-${hash.digest("base64")}` === each.integrity) return path;
  await rm(path, { force: true });
  throw notTheSame(each);
}

async function isKept(cacheDir: string, each: PlannedPackage): Promise<boolean> {
  try {
    const { size } = await stat(tarballPath(cacheDir, each));
    return size > 0 && size <= LARGEST;
  } catch {
    return false;
  }
}
