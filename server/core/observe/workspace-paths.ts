import type { RepoPath } from "../location.ts";

/** Where the tree lies in the box. */
export const WORKSPACE = "/workspace";

const LONGEST_PATH = 4096;

/**
 * The repository path of a file that a program in the box names: absolute, a `file:` URL or, with
 * `relative`, relative to the workspace. Null for what lies outside or leaves it.
 */
export function repoPathOf(file: string, relative = false): RepoPath | null {
  if (file.length > LONGEST_PATH) return null;
  const path = file.startsWith("file://") ? decoded(file.slice("file://".length)) : file;
  if (path === null || path.includes("\0") || path.includes("\\")) return null;
  const inside = path.startsWith(`${WORKSPACE}/`)
    ? path.slice(WORKSPACE.length + 1)
    : relative && !path.startsWith("/") && !/^[a-z][a-z0-9+.-]*:/i.test(path)
      ? path
      : null;
  if (inside === null) return null;
  const parts = inside.split("/").filter((part) => part !== "" && part !== ".");
  return parts.length === 0 || parts.includes("..") ? null : parts.join("/");
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
