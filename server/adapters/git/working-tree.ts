import { randomUUID } from "node:crypto";
import { copyFile, lstat, mkdir, readdir, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";

import type { GitObjectId } from "../../core/edit.ts";
import { GateError } from "../../engine/errors.ts";
import { type GitContext, readGit, runGit } from "./process.ts";
import { splitNul } from "./text.ts";

/** A copy of the index that a killed process left behind is swept after this long, in milliseconds. */
const STALE_MS = 60 * 60 * 1000;
const SUBMODULE = "160000";

/** Which index is copied, and where copies are kept. */
export interface IndexPlace {
  readonly indexFile: string;
  readonly temporary: string;
}

/**
 * Writes the working tree as a tree object: tracked files as they are on disk and untracked ones
 * that are not ignored. Works on a copy of the index and in Shipgate's own object store; the
 * user's index, objects and files stay as they are. Clean filters (git-lfs and the like) do not
 * run, because the change decides through .gitattributes which content they would be fed: a file
 * under a filter that was touched since the last checkout is kept with its content on disk.
 * Files marked skip-worktree are taken from the index, as `git commit` does; assume-unchanged,
 * which could hide an edit, is not believed.
 */
export async function writeWorkingTree(
  context: GitContext,
  place: IndexPlace,
  signal: AbortSignal,
): Promise<GitObjectId> {
  const config = [...(context.config ?? []), ...(await filtersOff(context, signal))];
  return withIndexCopy({ ...context, config }, place, async (copy) => {
    await forgetAssumedUnchanged(copy, signal);
    let files = await listDifferent(copy, signal);
    if (await removeReplacedFiles(copy, files, signal)) files = await listDifferent(copy, signal);
    await updateIndex(copy, ["--add", "--remove", "--replace"], files, signal);
    return readGit(copy, ["write-tree"], { signal });
  });
}

/** Writes what is staged as a tree object. Throws GateError `git-failed` in the middle of a merge. */
export async function writeStagedTree(
  context: GitContext,
  place: IndexPlace,
  signal: AbortSignal,
): Promise<GitObjectId> {
  return withIndexCopy(context, place, async (copy) => {
    const unmerged = await runGit(copy, ["ls-files", "-z", "-u"], { signal });
    if (unmerged.stdout.length > 0) {
      throw new GateError("git-failed", "The index has conflicts that are not resolved.", {
        remedy: "Resolve the conflicts and stage the files, then try again.",
      });
    }
    return readGit(copy, ["write-tree"], { signal });
  });
}

async function withIndexCopy<T>(
  context: GitContext,
  place: IndexPlace,
  work: (copy: GitContext) => Promise<T>,
): Promise<T> {
  await mkdir(place.temporary, { recursive: true, mode: 0o700 });
  await sweepStale(place.temporary);
  const copy = join(place.temporary, `index-${randomUUID()}`);
  try {
    await copyIndex(place.indexFile, copy);
    return await work({
      ...context,
      environment: { ...context.environment, GIT_INDEX_FILE: copy },
    });
  } finally {
    await rm(copy, { force: true });
    await rm(`${copy}.lock`, { force: true });
  }
}

/**
 * The copy keeps the time of the original, rounded down: git looks again at files as new as their
 * index, and a younger index would hide a file that was written in the same tick.
 */
async function copyIndex(from: string, to: string): Promise<void> {
  try {
    const { mtimeMs } = await stat(from);
    await copyFile(from, to);
    const seconds = Math.floor(mtimeMs) / 1000;
    await utimes(to, seconds, seconds);
  } catch (error) {
    // A repository in which nothing was ever staged has no index.
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
}

async function sweepStale(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    if (found !== null && Date.now() - found.ctimeMs > STALE_MS) await rm(path, { force: true });
  }
}

/** Settings that leave every configured filter without a program; git then passes content through. */
async function filtersOff(context: GitContext, signal: AbortSignal): Promise<readonly string[]> {
  const args = ["config", "-z", "--name-only", "--get-regexp", "^filter\\."];
  const { stdout } = await runGit(context, args, { signal, accept: [1] });
  const drivers = new Set(
    splitNul(stdout).map((name) => name.toString("utf8").replace(/\.[^.]*$/u, "")),
  );
  return [...drivers].flatMap((driver) => [
    `${driver}.clean=`,
    `${driver}.smudge=`,
    `${driver}.process=`,
    `${driver}.required=false`,
  ]);
}

async function forgetAssumedUnchanged(context: GitContext, signal: AbortSignal): Promise<void> {
  const { stdout } = await runGit(context, ["ls-files", "-v", "-z"], { signal });
  const assumed = splitNul(stdout)
    .filter((row) => isLowerCase(row[0] ?? 0))
    .map((row) => row.subarray(2));
  if (assumed.length === 0) return;
  await updateIndex(context, ["--no-assume-unchanged"], assumed, signal);
}

/** Files that are not on disk as they are in the index, and files that are not in it. */
async function listDifferent(context: GitContext, signal: AbortSignal): Promise<readonly Buffer[]> {
  const args = ["ls-files", "-z", "-m", "-o", "--exclude-standard"];
  const { stdout } = await runGit(context, args, { signal });
  return splitNul(stdout).filter(isNotNestedRepository);
}

/** Takes files out of the index that are folders on disk now: git itself stops at them. */
async function removeReplacedFiles(
  context: GitContext,
  files: readonly Buffer[],
  signal: AbortSignal,
): Promise<boolean> {
  const root = Buffer.from(`${context.directory}/`);
  const folders: Buffer[] = [];
  for (const path of files) {
    const found = await lstat(Buffer.concat([root, path])).catch(() => null);
    if (found?.isDirectory() === true) folders.push(path);
  }
  if (folders.length === 0) return false;
  const { stdout } = await runGit(context, ["ls-files", "-z", "-m", "-s"], { signal });
  const submodules = new Set(
    splitNul(stdout)
      .filter((row) => row.toString("latin1", 0, SUBMODULE.length) === SUBMODULE)
      .map((row) => row.toString("latin1", row.indexOf(9) + 1)),
  );
  const replaced = folders.filter((path) => !submodules.has(path.toString("latin1")));
  await updateIndex(context, ["--force-remove"], replaced, signal);
  return replaced.length > 0;
}

/** Has git look at the listed files on disk, with what the options allow it to do. */
async function updateIndex(
  context: GitContext,
  options: readonly string[],
  paths: readonly Buffer[],
  signal: AbortSignal,
): Promise<void> {
  if (paths.length === 0) return;
  const args = ["update-index", ...options, "-z", "--stdin"];
  await runGit(context, args, { signal, input: joinNul(paths) });
}

/** A repository inside the repository that is not a submodule is listed as a folder; git keeps no files of it. */
function isNotNestedRepository(path: Buffer): boolean {
  return path.at(-1) !== 0x2f;
}

function isLowerCase(byte: number): boolean {
  return byte >= 0x61 && byte <= 0x7a;
}

function joinNul(paths: readonly Buffer[]): Buffer {
  const end = Buffer.from([0]);
  return Buffer.concat(paths.flatMap((path) => [path, end]));
}
