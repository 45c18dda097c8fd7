import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { addressOf, type Digest } from "../../core/digest.ts";
import type { RunCache } from "../../engine/ports.ts";
import { parseRun } from "./run-schema.ts";
import { parsePair } from "./schema.ts";

/** Largest record that is kept or read, in bytes. */
const RECORD_BYTES = 16 * 1024 * 1024;

export interface RunCacheOptions {
  /** Most bytes that all records take; the longest unused go first. 256 MiB where it is left out. */
  readonly bytes?: number;
}

/**
 * Kept runs in `<state folder>/cache/runs/<key>.json`, and which two belong to a plan in
 * `cache/pairs`. Written beside and renamed, so that a reader never meets half a record. What does
 * not validate, or is not what its name says, is not used.
 */
export function openRunCache(stateDir: string, options: RunCacheOptions = {}): RunCache {
  const folder = join(stateDir, "cache");
  const limit = options.bytes ?? 256 * 1024 * 1024;
  return {
    async read(key) {
      const record = await readRecord(fileOf(folder, "runs", key), parseRun);
      return record !== null && record.key === key && addressOf(record.request) === key
        ? record
        : null;
    },
    async write(record) {
      if (addressOf(record.request) !== record.key) {
        throw new TypeError("A run's key must be the address of its request.");
      }
      const text = JSON.stringify(record);
      if (Buffer.byteLength(text) > RECORD_BYTES) return;
      await writeRecord(fileOf(folder, "runs", record.key), text);
      await removeOldest(folder, limit);
    },
    readPair: async (plan) => readRecord(fileOf(folder, "pairs", plan), parsePair),
    writePair: async (plan, pair) =>
      writeRecord(fileOf(folder, "pairs", plan), JSON.stringify(pair)),
  };
}

function fileOf(folder: string, kind: "runs" | "pairs", key: Digest): string {
  const hex = /^sha256:(?<hex>[0-9a-f]{64})$/u.exec(key)?.groups?.["hex"];
  if (hex === undefined) throw new TypeError("A cache key must be a digest.");
  return join(folder, kind, `${hex}.json`);
}

async function readRecord<T>(
  file: string,
  parse: (text: string) => T | null | Promise<T | null>,
): Promise<T | null> {
  const handle = await open(file, "r").catch(() => null);
  if (handle === null) return null;
  try {
    if ((await handle.stat()).size > RECORD_BYTES) return null;
    const record = await parse(await handle.readFile("utf8"));
    const now = new Date();
    if (record !== null) await utimes(file, now, now).catch(() => {});
    return record;
  } finally {
    await handle.close();
  }
}

async function writeRecord(file: string, text: string): Promise<void> {
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

/** Removes what was not used for longest until all fits; leftovers of killed writers are the first to age out. */
async function removeOldest(folder: string, limit: number): Promise<void> {
  const files: { path: string; size: number; used: number }[] = [];
  for (const kind of ["runs", "pairs"]) {
    for (const name of await readdir(join(folder, kind)).catch(() => [])) {
      const path = join(folder, kind, name);
      const found = await stat(path).catch(() => null);
      if (found?.isFile() === true) files.push({ path, size: found.size, used: found.mtimeMs });
    }
  }
  let total = files.reduce((sum, file) => sum + file.size, 0);
  for (const file of files.toSorted((a, b) => a.used - b.used)) {
    if (total <= limit) return;
    await rm(file.path, { force: true });
    total -= file.size;
  }
}
