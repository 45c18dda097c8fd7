import { type FSWatcher, readFileSync, statSync, watch } from "node:fs";
import { join, resolve } from "node:path";

import type { Log } from "../../engine/ports.ts";

export interface WatchOptions {
  /** Absolute path of the working tree's root. */
  readonly root: string;
  /** Absolute path of git's common directory. */
  readonly commonDir: string;
  readonly log: Log;
}

/** Names whose change means another branch, another commit, or another set of tracked files. */
const TELLING = new Set(["HEAD", "index", "packed-refs", "config"]);

/**
 * Calls back when HEAD, a branch or the index of a working tree moves. Directories are watched, not
 * files: git replaces its files by renaming. Gives the way to stop. A directory that cannot be
 * watched is logged and left out: a save judges the change again all the same.
 */
export function watchGit(options: WatchOptions, onChange: () => void): () => void {
  const { root, commonDir, log } = options;
  const watchers: FSWatcher[] = [];
  const add = (directory: string, isTelling: (name: string) => boolean, recursive: boolean) => {
    try {
      const watcher = watch(directory, { recursive, persistent: false }, (_, name) => {
        if (name === null || isTelling(name)) onChange();
      });
      watcher.on("error", (error) =>
        log.warn("Stopped watching.", { directory, error: String(error) }),
      );
      watchers.push(watcher);
    } catch (error) {
      log.warn("Cannot watch.", { directory, error: String(error) });
    }
  };
  const gitDir = gitDirectory(root);
  for (const directory of new Set([gitDir, commonDir])) {
    add(directory, (name) => TELLING.has(name), false);
  }
  add(join(commonDir, "refs"), (name) => !name.endsWith(".lock"), true);
  return () => {
    for (const watcher of watchers) watcher.close();
  };
}

/** A linked working tree has a file `.git` that names its own directory; see gitrepository-layout(5). */
function gitDirectory(root: string): string {
  const path = join(root, ".git");
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return path;
  const target = /^gitdir: (.+)$/m.exec(readFileSync(path, "utf8"))?.[1]?.trim();
  return target === undefined ? path : resolve(root, target);
}
