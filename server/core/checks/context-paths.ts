import { ECOSYSTEMS } from "../../ecosystems/ecosystems.ts";
import type { ChangedFile } from "../change.ts";
import type { RepoPath } from "../location.ts";

/** A repository with more manifests than this is looked at through the nearest ones. */
const MOST_PATHS = 2000;

/** Whether a file is a manifest of any ecosystem. */
export function isManifestPath(path: RepoPath): boolean {
  return ECOSYSTEMS.some((ecosystem) => ecosystem.isManifest(path));
}

/**
 * Which unchanged files the checks need as `CheckInput.context`: the manifests of the base, and
 * what may map the imports of the changed sources, whether or not it exists. The nearest come first.
 */
export function contextPaths(
  files: readonly ChangedFile[],
  manifestsAtBase: readonly RepoPath[],
): readonly RepoPath[] {
  const changed = new Set(files.flatMap(({ before, after }) => [before?.path, after?.path]));
  const paths = new Set<RepoPath>();
  for (const path of files.flatMap(({ after }) => after?.path ?? [])) {
    for (const ecosystem of ECOSYSTEMS) {
      if (!ecosystem.isSource(path)) continue;
      for (const near of ecosystem.manifestsFor(path)) paths.add(near);
      for (const near of ecosystem.declarations?.mappingsFor(path) ?? []) paths.add(near);
    }
  }
  for (const far of manifestsAtBase) paths.add(far);
  return [...paths].filter((path) => !changed.has(path)).slice(0, MOST_PATHS);
}
