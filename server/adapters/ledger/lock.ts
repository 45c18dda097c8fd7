import { randomUUID } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import {
  link,
  mkdir,
  readdir,
  readFile,
  stat,
  truncate,
  unlink,
  writeFile,
} from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { GateError } from "../../engine/errors.ts";

/** How long a process waits for the others, in milliseconds. */
const PATIENCE_MS = 20_000;
/** After this long the lock of a process that cannot be looked up (another host or container) is stale. */
const FOREIGN_STALE_MS = 30_000;

/** Who holds a lock. `started` tells a process from a later one with the same id. */
interface Owner {
  readonly pid: number;
  readonly started: string;
  readonly place: string;
}

/**
 * Does some work while no other process does work under the same folder. The lock is a file with a
 * generation number: whoever creates the next generation holds it, releasing empties it, and files
 * are removed only when a later one exists. So two processes that find the lock of a killed one
 * can never both take it over, which removing and creating the same file would allow.
 */
export async function withLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = join(folder, `draft-${randomUUID()}`);
  await writeFile(draft, JSON.stringify(ownIdentity()), { flag: "wx", mode: 0o600 });
  let held: string;
  try {
    held = await acquire(folder, draft);
  } finally {
    await unlink(draft);
  }
  try {
    return await work();
  } finally {
    await truncate(held);
  }
}

async function acquire(folder: string, draft: string): Promise<string> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const newest = await newestGeneration(folder);
    if (newest === 0 || (await isFree(lockFile(folder, newest)))) {
      const held = await take(folder, newest + 1, draft);
      if (held !== null) return held;
    }
    if (Date.now() > deadline) {
      throw new GateError(
        "journal-broken",
        "Another process holds the journal and does not let go.",
        {
          remedy: "End the Shipgate processes that hang, then try again.",
        },
      );
    }
    await sleep(1 + Math.random() * 8);
  }
}

/** Creates a generation; null where someone else was first or is further already. */
async function take(folder: string, generation: number, draft: string): Promise<string | null> {
  const file = lockFile(folder, generation);
  try {
    await link(draft, file);
  } catch (error) {
    if (hasCode(error, "EEXIST")) return null;
    throw error;
  }
  const names = await readdir(folder);
  if (names.some((name) => generationOf(name) > generation)) {
    await unlink(file).catch(ignoreMissing);
    return null;
  }
  await removeOlder(folder, names, generation);
  return file;
}

async function removeOlder(
  folder: string,
  names: readonly string[],
  generation: number,
): Promise<void> {
  for (const name of names) {
    const older = generationOf(name);
    const isOldDraft =
      name.startsWith("draft-") && (await ageOf(join(folder, name))) > FOREIGN_STALE_MS * 4;
    if ((older > 0 && older < generation) || isOldDraft) {
      await unlink(join(folder, name)).catch(ignoreMissing);
    }
  }
}

async function newestGeneration(folder: string): Promise<number> {
  return Math.max(0, ...(await readdir(folder)).map(generationOf));
}

function lockFile(folder: string, generation: number): string {
  return join(folder, `held-${generation}`);
}

function generationOf(name: string): number {
  return Number(/^held-(?<generation>\d{1,15})$/u.exec(name)?.groups?.["generation"] ?? 0);
}

/** Whether a lock was released, or its holder is gone. */
async function isFree(file: string): Promise<boolean> {
  try {
    const text = await readFile(file, "utf8");
    if (text === "") return true;
    const owner = parseOwner(text);
    if (owner === null || owner.place !== ownIdentity().place) {
      return (await ageOf(file)) > FOREIGN_STALE_MS;
    }
    return startOf(owner.pid) !== owner.started;
  } catch (error) {
    // Removed by a later holder: look again.
    if (hasCode(error, "ENOENT")) return false;
    throw error;
  }
}

function parseOwner(text: string): Owner | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return null;
    const { pid, started, place } = value as Record<string, unknown>;
    if (typeof pid !== "number" || !Number.isSafeInteger(pid) || pid <= 0) return null;
    return typeof started === "string" && typeof place === "string"
      ? { pid, started, place }
      : null;
  } catch {
    return null;
  }
}

/** Milliseconds since a file was written; 0 where it is gone. */
async function ageOf(file: string): Promise<number> {
  const found = await stat(file).catch(() => null);
  return found === null ? 0 : Date.now() - found.mtimeMs;
}

let identity: Owner | undefined;

function ownIdentity(): Owner {
  identity ??= { pid: process.pid, started: startOf(process.pid) ?? "", place: ownPlace() };
  return identity;
}

/** When a process started, as far as this system tells; null where there is no such process. */
function startOf(pid: number): string | null {
  if (process.platform === "linux") {
    try {
      // The state is field 3, the start time 22; the name, field 2, may hold spaces and parentheses.
      const text = readFileSync(`/proc/${pid}/stat`, "latin1");
      const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
      return fields[0] === "Z" || fields[0] === "X" ? null : (fields[19] ?? null);
    } catch {
      return null;
    }
  }
  try {
    process.kill(pid, 0);
    return "";
  } catch (error) {
    return hasCode(error, "EPERM") ? "" : null;
  }
}

/** The host and, in containers, the set of process ids that an id belongs to. */
function ownPlace(): string {
  try {
    return `${hostname()} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return hostname();
  }
}

function ignoreMissing(error: unknown): void {
  if (!hasCode(error, "ENOENT")) throw error;
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
