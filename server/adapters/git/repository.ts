import { mkdir, stat } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";

import { printable } from "../../core/printable.ts";
import { GateError } from "../../engine/errors.ts";
import type { Log, Repository } from "../../engine/ports.ts";
import { readAuthors } from "./authors.ts";
import { findInTree, keepBlob, listTree, readBlobs, readTexts } from "./objects.ts";
import { type GitContext, readGit, runGit } from "./process.ts";
import { readChange } from "./read-change.ts";
import { openTextCache } from "./text-cache.ts";

export interface OpenOptions {
  readonly log: Log;
  /** The index that git hands to a hook in GIT_INDEX_FILE, where it is not the usual one. */
  readonly indexFile?: string;
}

/** Oldest git that has all that is used. */
const OLDEST_GIT = [2, 31] as const;

/** Texts that one open repository keeps, in bytes of their blobs: a session asks for the same ones again and again. */
const CACHED_BYTES = 32 * 1024 * 1024;

/** How many look-ups in trees one open repository remembers. */
const LOOK_UPS = 8;

interface Layout {
  readonly root: string;
  readonly commonDir: string;
  readonly gitDir: string;
}

/**
 * Opens the repository that a folder lies in. Throws GateError `git-missing` and
 * `not-a-repository`; a repository without commits opens, and only has no change to read.
 */
export async function openRepository(directory: string, options: OpenOptions): Promise<Repository> {
  const layout = await findLayout({ directory });
  const stateDir = join(layout.commonDir, "shipgate");
  const objects = join(stateDir, "objects");
  await mkdir(objects, { recursive: true, mode: 0o700 });
  const context: GitContext = {
    directory: layout.root,
    environment: {
      GIT_OBJECT_DIRECTORY: objects,
      GIT_ALTERNATE_OBJECT_DIRECTORIES: quoteListItem(join(layout.commonDir, "objects")),
    },
  };
  const place = {
    indexFile: options.indexFile ?? join(layout.gitDir, "index"),
    temporary: join(stateDir, "tmp"),
  };
  const cache = openTextCache(CACHED_BYTES);
  options.log.debug("Opened repository.", { root: layout.root });
  return {
    root: layout.root,
    stateDir,
    readChange: (selection, signal) => readChange({ context, place, cache }, selection, signal),
    readTexts: (blobs, signal) => readTexts(context, blobs, signal, cache),
    findInTree: rememberLookUps((tree, paths, signal) => findInTree(context, tree, paths, signal)),
    listTree: (tree, signal) => listTree(context, tree, signal),
    readBlobs: (blobs, signal) => readBlobs(context, blobs, signal),
    readAuthors: (ends, signal) => readAuthors(context, ends, signal),
    keepBlob: (content) => keepBlob(context, content),
  };
}

/** Trees do not change: of the base the same few paths are asked for at every review. */
function rememberLookUps(find: Repository["findInTree"]): Repository["findInTree"] {
  const known = new Map<string, Awaited<ReturnType<typeof find>>>();
  return async (tree, paths, signal) => {
    const key = [tree, ...paths].join("\0");
    const found = known.get(key) ?? (await find(tree, paths, signal));
    known.delete(key);
    known.set(key, found);
    const [oldest] = known.keys();
    if (known.size > LOOK_UPS && oldest !== undefined) known.delete(oldest);
    return found;
  };
}

async function findLayout(context: GitContext): Promise<Layout> {
  const paths = ["--show-toplevel", "--git-common-dir", "--git-dir"];
  const args = ["rev-parse", "--path-format=absolute"];
  const answer = await runGit(context, [...args, ...paths], { accept: [128, 129] }).catch(
    (cause: unknown) => explainMissing(context.directory, cause),
  );
  if (answer.code !== 0) throw await explainRefusal(context, answer.stderr);
  const lines = answer.stdout.toString("utf8").replace(/\n$/u, "").split("\n");
  // A path with a line break in it: ask for each path alone.
  const [root = "", commonDir = "", gitDir = ""] =
    lines.length === paths.length
      ? lines
      : await Promise.all(paths.map((path) => readGit(context, [...args, path])));
  return { root: resolve(root), commonDir: resolve(commonDir), gitDir: resolve(gitDir) };
}

async function explainRefusal(context: GitContext, stderr: string): Promise<GateError> {
  const folder = printable(context.directory);
  if (stderr.includes("dubious ownership")) {
    return new GateError(
      "not-a-repository",
      `git does not trust \`${folder}\`, because it belongs to another user.`,
      {
        remedy: `If you trust it, run \`git config --global --add safe.directory '${folder}'\`.`,
      },
    );
  }
  if (stderr.includes("must be run in a work tree")) {
    return new GateError(
      "not-a-repository",
      `\`${folder}\` is a repository without a working tree.`,
      {
        remedy:
          "Open a clone or a linked worktree (`git worktree add`) instead of a bare repository.",
      },
    );
  }
  const version = await readGit(context, ["version"]);
  if (isTooOld(version)) {
    return new GateError("git-missing", `${printable(version)} is too old.`, {
      remedy: `Install git ${OLDEST_GIT.join(".")} or newer (https://git-scm.com/downloads).`,
    });
  }
  return new GateError("not-a-repository", `\`${folder}\` is not in a git repository.`, {
    remedy: "Open a folder of a repository, or run `git init` in it.",
    cause: stderr,
  });
}

function isTooOld(version: string): boolean {
  const [, major = "0", minor = "0"] = /(\d+)\.(\d+)/u.exec(version) ?? [];
  return (
    Number(major) < OLDEST_GIT[0] ||
    (Number(major) === OLDEST_GIT[0] && Number(minor) < OLDEST_GIT[1])
  );
}

/** Node reports a working directory that does not exist as if the program were missing. */
async function explainMissing(directory: string, cause: unknown): Promise<never> {
  const isFolder = await stat(directory).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isFolder) throw cause;
  throw new GateError("not-a-repository", `There is no folder \`${printable(directory)}\`.`, {
    remedy: "Name a folder that exists.",
    cause,
  });
}

/** One item of git's list of object folders: quoted as in C where it holds the separator. */
function quoteListItem(path: string): string {
  if (!path.includes(delimiter) && !path.startsWith('"')) return path;
  return `"${path.replaceAll(/["\\]/gu, "\\$&").replaceAll("\n", "\\n")}"`;
}
