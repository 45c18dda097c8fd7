import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";

import { z } from "zod";

/** Largest kept record, in bytes. */
const LARGEST = 16 * 1024 * 1024;
/** Bytes that all kept records take at most; the oldest go first. */
const MOST_BYTES = 256 * 1024 * 1024;
/** One write in so many looks whether there is too much. */
const SWEEP_EVERY = 50;

/** What is kept on disk by key, in the user's cache folder. Losing it costs time only. */
export interface RecordCache<T> {
  /** Null where nothing is kept, or what is kept is older than it may be or not what it should be. */
  read(key: string): Promise<T | null>;
  write(key: string, value: T): Promise<void>;
}

export interface RecordCacheOptions<T> {
  readonly folder: string;
  readonly schema: z.ZodType<T>;
  /** Milliseconds for which a value may be used. */
  readonly lifetime: (value: T) => number;
  readonly now: () => number;
}

/** Where facts are kept: `~/.cache/shipgate/facts` by default. */
export function defaultFactsDir(environment: NodeJS.ProcessEnv = process.env): string {
  const chosen = environment["XDG_CACHE_HOME"] ?? "";
  const base = isAbsolute(chosen) ? chosen : join(homedir(), ".cache");
  return join(base, "shipgate", "facts");
}

/** A cache of validated JSON, written beside and renamed so that a reader never meets half of it. */
export function openRecordCache<T>(options: RecordCacheOptions<T>): RecordCache<T> {
  const { folder, schema, lifetime, now } = options;
  const Kept = z.object({ key: z.string(), at: z.number(), value: schema });
  const fileOf = (key: string): string =>
    join(folder, `${createHash("sha256").update(key).digest("hex")}.json`);
  let writes = 0;
  return {
    async read(key) {
      const text = await readBounded(fileOf(key));
      const kept = text === null ? null : (Kept.safeParse(parseJson(text)).data ?? null);
      if (kept === null || kept.key !== key) return null;
      const age = now() - kept.at;
      return age >= 0 && age <= lifetime(kept.value) ? kept.value : null;
    },
    async write(key, value) {
      const text = JSON.stringify({ key, at: now(), value });
      if (text.length > LARGEST) return;
      await writeWhole(fileOf(key), text);
      writes += 1;
      if (writes % SWEEP_EVERY === 1) await removeOldest(folder);
    },
  };
}

async function readBounded(file: string): Promise<string | null> {
  const handle = await open(file, "r").catch(() => null);
  if (handle === null) return null;
  try {
    const found = await handle.stat();
    return found.isFile() && found.size <= LARGEST ? await handle.readFile("utf8") : null;
  } finally {
    await handle.close();
  }
}

async function writeWhole(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomUUID()}.tmp`;
  try {
    await writeFile(draft, text, { mode: 0o600, flag: "wx" });
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

async function removeOldest(folder: string): Promise<void> {
  const files: { path: string; size: number; at: number }[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    if (found?.isFile() === true) files.push({ path, size: found.size, at: found.mtimeMs });
  }
  let total = files.reduce((sum, { size }) => sum + size, 0);
  for (const { path, size } of files.toSorted((a, b) => a.at - b.at)) {
    if (total <= MOST_BYTES) return;
    await rm(path, { force: true });
    total -= size;
  }
}

/** JSON, or undefined for what is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
