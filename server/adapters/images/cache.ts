import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";

import type { z } from "zod";

import { cancelled } from "../../engine/errors.ts";
import type { Progress } from "../../engine/ports.ts";

/** Where packages and layers are kept; losing it costs time only. `~/.cache/shipgate/images` by default. */
export function defaultCacheDir(environment: NodeJS.ProcessEnv = process.env): string {
  return join(xdg(environment["XDG_CACHE_HOME"], ".cache"), "shipgate", "images");
}

/** Where locks, records and SBOMs are kept. `~/.local/state/shipgate/images` by default. */
export function defaultStateDir(environment: NodeJS.ProcessEnv = process.env): string {
  return join(xdg(environment["XDG_STATE_HOME"], ".local/state"), "shipgate", "images");
}

/** A name beside `path` that nobody else uses; it is renamed into place when it is whole. */
export function temporaryBeside(path: string): string {
  return `${path}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`;
}

/** Writes a file whole or not at all. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = temporaryBeside(path);
  try {
    await writeFile(temporary, content, { flag: "wx" });
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** A JSON file that fits the schema; null where there is none or it does not fit: a cache is never trusted. */
export async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T | null> {
  try {
    const parsed = schema.safeParse(JSON.parse(await readFile(path, "utf8")));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** Removes what builds that were killed left half-done. Only for whoever holds the lock of the folder. */
export async function sweepTemporaries(cacheDir: string): Promise<void> {
  for (const name of ["debs", "layers", "npm"]) {
    const folder = join(cacheDir, name);
    for (const entry of await readdir(folder).catch(() => []))
      if (entry.endsWith(".tmp") || entry.startsWith("fetch-"))
        await rm(join(folder, entry), { recursive: true, force: true });
  }
}

/** The size of a file in bytes, null where there is none. */
export async function fileSize(path: string): Promise<number | null> {
  const found = await stat(path).catch(() => null);
  return found?.isFile() ? found.size : null;
}

/** The hash of a file, in hex or base64. Throws where there is no file. */
export async function hashFile(
  path: string,
  algorithm: "sha256" | "sha512",
  encoding: "hex" | "base64",
): Promise<string> {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(path), hash);
  return hash.digest(encoding);
}

/**
 * Does one piece of work at a time in a folder, across processes. A lock whose process is gone is
 * taken over. Throws GateError `cancelled`.
 */
export async function withLock<T>(
  folder: string,
  progress: Progress,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, "lock");
  for (let isFirst = true; !(await takeLock(path)); isFirst = false) {
    if (isFirst) progress("Waiting for another build on this machine");
    await sleep(200, undefined, { signal }).catch(() => {
      throw cancelled("Building the image");
    });
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function takeLock(path: string): Promise<boolean> {
  try {
    const handle = await open(path, "wx");
    await handle.writeFile(String(process.pid));
    await handle.close();
    return true;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
  const held = await readFile(path, "utf8").catch(() => "");
  const age = Date.now() - ((await stat(path).catch(() => null))?.mtimeMs ?? Date.now());
  // An empty lock is one that is being written just now, or whose writer died in between.
  if (held === "" ? age > 5000 : !isAlive(Number(held))) await rm(path, { force: true });
  return false;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function xdg(value: string | undefined, fallback: string): string {
  return value?.startsWith("/") ? value : join(homedir(), fallback);
}
