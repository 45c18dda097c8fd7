import { ECOSYSTEMS } from "../../ecosystems/ecosystems.ts";
import type { ChangedFile } from "../change.ts";
import type { RepoPath } from "../location.ts";
import { AGE_FILES } from "./minimum-age.ts";
import { RULE_FILES } from "./tool-rules.ts";

/** A repository with more manifests than this is looked at through the nearest ones. */
const MOST_PATHS = 2000;

/** Whether a file is a manifest of any ecosystem. */
export function isManifestPath(path: RepoPath): boolean {
  return ECOSYSTEMS.some((ecosystem) => ecosystem.isManifest(path));
}

/** Files of other tools whose settings are honoured for packages that come in. */
const TOOL_FILES = [...AGE_FILES, ...RULE_FILES];

function isNamingPackages(path: RepoPath): boolean {
  return isManifestPath(path) || ECOSYSTEMS.some((ecosystem) => ecosystem.isLockfile(path));
}

/**
 * Which unchanged files the checks need as `CheckInput.context`: the manifests of the base, and
 * what may map the imports of the changed sources, whether or not it exists. The nearest come first.
 * `documents` are files that the policy names.
 */
export function contextPaths(
  files: readonly ChangedFile[],
  manifestsAtBase: readonly RepoPath[],
  documents: readonly RepoPath[] = [],
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
  if ([...changed].some((path) => path !== undefined && isNamingPackages(path))) {
    for (const path of [...TOOL_FILES, ...documents]) paths.add(path);
  }
  for (const far of manifestsAtBase) paths.add(far);
  return [...paths].filter((path) => !changed.has(path)).slice(0, MOST_PATHS);
}
