import { realpath } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";

import { openRepository } from "../adapters/git/repository.ts";
import type { RepoPath } from "../core/location.ts";
import { GateError } from "../engine/errors.ts";
import type { Log, Repository } from "../engine/ports.ts";

/** A file of a repository. */
export interface FilePlace {
  readonly repository: Repository;
  /** Absolute, links resolved. */
  readonly file: string;
  readonly path: RepoPath;
}

/**
 * Where an event's file truly is: links are followed first, so that a link in the working tree that
 * leads out of it is outside. Null for what is in no repository, or in git's own folder.
 */
export async function findFile(
  directory: string,
  path: string,
  log: Log,
): Promise<FilePlace | null> {
  if (path === "" || path.includes("\0") || directory.includes("\0")) return null;
  const file = await resolveLinks(resolve(directory, path));
  const repository = await openIfThere(await existingFolder(dirname(file)), log);
  if (repository === null) return null;
  const inside = relative(await realpath(repository.root), file);
  const names = inside.split(sep);
  const isOutside = inside === "" || names[0] === ".." || isAbsolute(inside);
  if (isOutside || names.some((name) => name.toLowerCase() === ".git")) return null;
  return { repository, file, path: names.join("/") };
}

/** The repository that a folder is in, null where there is none. */
export async function openIfThere(directory: string, log: Log): Promise<Repository | null> {
  try {
    return await openRepository(directory, { log });
  } catch (error) {
    if (GateError.is(error, "not-a-repository")) return null;
    throw error;
  }
}

/** Follows the links of a path as far as it exists; a link to nothing leads out. */
async function resolveLinks(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(await resolveLinks(parent), basename(path));
  }
}

async function existingFolder(folder: string): Promise<string> {
  for (let at = folder; ; at = dirname(at)) {
    const found = await realpath(at).catch(() => null);
    if (found !== null || dirname(at) === at) return found ?? at;
  }
}
