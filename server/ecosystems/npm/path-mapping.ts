import { type Node, parseTree } from "jsonc-parser";

import type { RepoPath } from "../../core/location.ts";
import { entriesOf, textOf, valueOf } from "./json.ts";

const NAMES = ["tsconfig.json", "jsconfig.json", "tsconfig.base.json"] as const;
const LONGEST_TEXT = 256 * 1024;
/** Longest chain of `extends` that is followed. */
const MOST_PARENTS = 5;

/** Files in a folder that may map imports: https://www.typescriptlang.org/tsconfig/#paths. */
export function mappingsFor(folder: string): readonly RepoPath[] {
  return NAMES.map((name) => `${folder}${name}`);
}

/** Whether a tsconfig.json or jsconfig.json of the folder maps an import to files of the project. */
export function isMapped(
  folder: string,
  specifier: string,
  read: (path: RepoPath) => string | null,
): boolean {
  return ["tsconfig.json", "jsconfig.json"].some((name) => {
    let path: string | null = `${folder}${name}`;
    for (let step = 0; path !== null && step <= MOST_PARENTS; step++) {
      const root = readConfig(read(path));
      if (root === null) return false;
      const paths = valueOf(valueOf(root, "compilerOptions"), "paths");
      // As in TypeScript, the nearest `paths` hides those of the files that it extends.
      if (paths !== undefined) return entriesOf(paths).some((each) => maps(each, specifier));
      path = parentOf(path, textOf(valueOf(root, "extends")));
    }
    return false;
  });
}

function readConfig(text: string | null): Node | null {
  if (text === null || text.length > LONGEST_TEXT) return null;
  try {
    return parseTree(text) ?? null;
  } catch (error) {
    // The parser recurses: a file that is nested without end maps nothing.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function maps(
  { key, value }: { readonly key: Node; readonly value: Node },
  specifier: string,
): boolean {
  const [start = "", end, more] = String(key.value).split("*");
  // A mapping of everything says nothing about where a name comes from: the package is still tried.
  if (start === "" || more !== undefined || !leadsIntoProject(value)) return false;
  if (end === undefined) return specifier === start;
  return (
    specifier.length >= start.length + end.length &&
    specifier.startsWith(start) &&
    specifier.endsWith(end)
  );
}

function leadsIntoProject(value: Node): boolean {
  const targets = (value.children ?? []).map(textOf);
  return (
    targets.length > 0 &&
    targets.every((target) => target !== undefined && !target.includes("node_modules"))
  );
}

/** The file that `extends` names, when it is one of the project. */
function parentOf(path: RepoPath, parent: string | undefined): RepoPath | null {
  if (parent === undefined || !/^\.\.?\//u.test(parent)) return null;
  const parts = path.split("/").slice(0, -1);
  for (const part of parent.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  const file = parts.join("/");
  return file.endsWith(".json") ? file : `${file}.json`;
}
