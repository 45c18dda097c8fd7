import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Absolute path of the repository. */
export const repositoryRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Where downloads are kept between runs and clones: outside the repository. */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env, home = homedir()): string {
  const base = env["XDG_CACHE_HOME"];
  return join(base?.startsWith("/") === true ? base : join(home, ".cache"), "shipgate");
}
