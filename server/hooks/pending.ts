import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import * as z from "zod/mini";

import type { GitObjectId } from "../core/edit.ts";

/** What was kept for an event that never came is forgotten after a day, in milliseconds. */
const FORGOTTEN_MS = 24 * 60 * 60 * 1000;
const NOTE_BYTES = 8 * 1024 * 1024;

const blob = z.nullable(z.string().check(z.regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/u)));

/** What a file was when a tool was about to edit it. */
export const FileNote = z.strictObject({ before: blob });
/** What differed from HEAD when a command was about to run: path, content at HEAD, content on disk. */
export const TreeNote = z.strictObject({
  head: z.string(),
  files: z.array(z.tuple([z.string(), blob, blob])),
});
export interface TreeNote {
  readonly head: GitObjectId;
  readonly files: readonly (readonly [string, GitObjectId | null, GitObjectId | null])[];
}
/** What a session said of itself when it began. */
export const SessionNote = z.strictObject({ model: z.string().check(z.maxLength(512)) });

/** Notes from one hook process to a later one, each under the names of what it is about. */
export async function writeNote(
  stateDir: string,
  about: readonly string[],
  note: unknown,
): Promise<void> {
  const file = fileOf(stateDir, about);
  await mkdir(join(stateDir, "pending"), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, JSON.stringify(note), { mode: 0o600 });
  await rename(draft, file);
}

/** The note about something; null where there is none that is whole. */
export async function readNote<T>(
  stateDir: string,
  about: readonly string[],
  schema: z.ZodMiniType<T>,
): Promise<T | null> {
  try {
    const file = fileOf(stateDir, about);
    if ((await stat(file)).size > NOTE_BYTES) return null;
    return schema.safeParse(JSON.parse(await readFile(file, "utf8"))).data ?? null;
  } catch {
    return null;
  }
}

/** Removes a note, if it is there. */
export async function removeNote(stateDir: string, about: readonly string[]): Promise<void> {
  await rm(fileOf(stateDir, about), { force: true });
}

/** Removes notes that nobody came back for. */
export async function forgetOldNotes(stateDir: string): Promise<void> {
  const folder = join(stateDir, "pending");
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    if (found !== null && Date.now() - found.mtimeMs > FORGOTTEN_MS)
      await rm(path, { force: true });
  }
}

function fileOf(stateDir: string, about: readonly string[]): string {
  const name = createHash("sha256").update(JSON.stringify(about)).digest("hex");
  return join(stateDir, "pending", `${name}.json`);
}
