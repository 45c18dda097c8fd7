import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";

import * as z from "zod/mini";

import { GateError } from "../../engine/errors.ts";
import type { Homes } from "./assistants.ts";

const FILE_BYTES = 4 * 1024 * 1024;

/** What was there before we wrote, so that it can be put back byte for byte. */
const Backup = z.strictObject({
  file: z.string(),
  before: z.nullable(z.string()),
  afterHash: z.string(),
});
export type Backup = z.infer<typeof Backup>;

/** Where the backup of a file is kept. */
export function backupFile(file: string, { home, environment }: Homes): string {
  const given = environment["XDG_STATE_HOME"];
  const state = given !== undefined && isAbsolute(given) ? given : join(home, ".local/state");
  return join(state, "shipgate", "connections", `${hashOf(file)}.json`);
}

/** The backup of a file; null where there is none that is whole. */
export async function readBackup(file: string, homes: Homes): Promise<Backup | null> {
  try {
    const text = await readFile(backupFile(file, homes), "utf8");
    const backup = Backup.safeParse(JSON.parse(text)).data ?? null;
    return backup?.file === file ? backup : null;
  } catch {
    return null;
  }
}

/** A file as text, null where there is none. Throws GateError `bad-input` for what is no text. */
export async function readText(file: string): Promise<string | null> {
  try {
    if ((await stat(file)).size > FILE_BYTES) throw notText(file);
    const bytes = await readFile(file);
    const text = bytes.toString("utf8");
    // What cannot be written back as it was is not touched.
    if (!Buffer.from(text).equals(bytes)) throw notText(file);
    return text;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

function notText(file: string): GateError {
  return new GateError("bad-input", `${file} is no text in UTF-8 of a few megabytes at most.`, {
    remedy: "Look at the file; it is not touched.",
  });
}

/** Writes a file so that it is there whole or as it was, with the mode that it had. */
export async function writeWhole(file: string, text: string, mode?: number): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.${randomUUID()}`;
  const old = await stat(file).catch(() => null);
  await writeFile(draft, text, { mode: mode ?? (old === null ? 0o644 : old.mode & 0o777) });
  await rename(draft, file);
}

/** SHA-256 in hex. */
export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
