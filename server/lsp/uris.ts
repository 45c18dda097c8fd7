import { posix } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import type { URI } from "vscode-languageserver/node";

import type { RepoPath } from "../core/location.ts";

/** The directory of a workspace folder; null where it is not on this machine's disk. */
export function directoryOf(uri: URI): string | null {
  if (!uri.startsWith("file:")) return null;
  try {
    return fileURLToPath(uri);
  } catch {
    return null;
  }
}

/** The URI of a file of a repository, in the one spelling that published diagnostics use. */
export function uriOf(root: string, path: RepoPath): URI {
  return pathToFileURL(posix.join(root.replaceAll("\\", "/"), path)).href;
}

/** The path inside a repository that a URI names; null for anything outside it or not a file. */
export function pathOf(root: string, uri: URI): RepoPath | null {
  const file = directoryOf(uri)?.replaceAll("\\", "/");
  const prefix = `${root.replaceAll("\\", "/").replace(/\/$/, "")}/`;
  if (file === undefined || !file.startsWith(prefix)) return null;
  return file.slice(prefix.length);
}

/** One spelling for each URI, so that what one end escapes and the other does not is still the same key. */
export function normalized(uri: URI): URI {
  const file = directoryOf(uri);
  return file === null ? uri : pathToFileURL(file).href;
}
