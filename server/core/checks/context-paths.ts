import { ECOSYSTEMS } from "../../ecosystems/ecosystems.ts";
import type { ChangedFile } from "../change.ts";
import type { RepoPath } from "../location.ts";

/** A repository with more manifests than this is looked at through the nearest ones. */
const MOST_PATHS = 2000;

/**
 * Which unchanged files the checks need as `CheckInput.context`, of all files at head: every
 * manifest, and what maps the imports of the changed sources. The nearest ones come first.
 */
export function contextPaths(
  files: readonly ChangedFile[],
  atHead: Iterable<RepoPath>,
): readonly RepoPath[] {
  const changed = new Set(files.flatMap(({ after }) => (after === null ? [] : [after.path])));
  const wanted = new Set<RepoPath>();
  for (const path of changed) {
    for (const ecosystem of ECOSYSTEMS) {
      if (!ecosystem.isSource(path)) continue;
      for (const near of ecosystem.manifestsFor(path)) wanted.add(near);
      for (const near of ecosystem.declarations?.mappingsFor(path) ?? []) wanted.add(near);
    }
  }
  const near: RepoPath[] = [];
  const far: RepoPath[] = [];
  for (const path of atHead) {
    if (changed.has(path)) continue;
    if (wanted.has(path)) near.push(path);
    else if (ECOSYSTEMS.some((ecosystem) => ecosystem.isManifest(path))) far.push(path);
  }
  return [...near, ...far].slice(0, MOST_PATHS);
}
