import { minimatch } from "minimatch";

import type { RepoPath } from "../location.ts";

/** Bounds what one glob can cost: a brace expansion of a hostile policy must not blow up. */
const LIMITS = { braceExpandMax: 100, maxGlobstarRecursion: 20 } as const;

/** Why a glob would not match what its author meant; null where nothing is wrong with it. */
export function globMistake(glob: string): string | null {
  if (glob.startsWith("/")) return "Paths start at the repository root: leave out the first slash.";
  if (glob.startsWith("./")) return 'Paths start at the repository root: leave out the "./".';
  if (glob.startsWith("!")) return "A glob that begins with ! is not read as an exclusion here.";
  if (glob.split("/").includes(".."))
    return 'Paths cannot leave the repository: ".." matches nothing.';
  if (glob.includes("\\")) return "Write paths with / on every system.";
  return null;
}

/**
 * Whether a path matches a glob. A glob that ends with a slash means everything below. Hidden
 * files match like others; protections ignore case, because file systems may.
 */
export function matchesGlob(
  path: RepoPath,
  glob: string,
  options: { readonly ignoreCase: boolean },
): boolean {
  return minimatch(path, glob.endsWith("/") ? `${glob}**` : glob, {
    dot: true,
    nocomment: true,
    nonegate: true,
    nocase: options.ignoreCase,
    platform: "linux",
    ...LIMITS,
  });
}
