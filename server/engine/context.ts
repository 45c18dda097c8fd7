import type { Change } from "../core/change.ts";
import { contextPaths, isManifestPath } from "../core/checks/context-paths.ts";
import type { GitObjectId } from "../core/edit.ts";
import type { RepoPath } from "../core/location.ts";
import type { Policy } from "../core/policy/policy.ts";
import type { Repository } from "./ports.ts";

/** The manifests of the base that was read last, by repository: a base rarely moves while a person types. */
const lastManifests = new WeakMap<
  Repository,
  { readonly tree: GitObjectId; readonly paths: readonly RepoPath[] }
>();

/** Texts of the unchanged files that checks need, by path at head. */
export async function readContext(
  repository: Repository,
  change: Change,
  policy: Policy,
  signal: AbortSignal,
): Promise<ReadonlyMap<RepoPath, string>> {
  if (change.files.length === 0) return new Map();
  const manifests = await manifestsAt(repository, change.base.tree, signal);
  const wanted = contextPaths(change.files, manifests, policy.facts.vex);
  // What is not in the change is at head what it is at the base, whose tree stays the same meanwhile.
  const entries = await repository.findInTree(change.base.tree, wanted, signal);
  const files = entries.filter((entry) => entry.mode.startsWith("100"));
  const blobs = files.map((entry) => entry.blob);
  const texts = await repository.readTexts(blobs, signal);
  const context = new Map<RepoPath, string>();
  for (const { path, blob } of files) {
    const text = texts.get(blob);
    if (text !== undefined) context.set(path, text);
  }
  return context;
}

async function manifestsAt(
  repository: Repository,
  tree: GitObjectId,
  signal: AbortSignal,
): Promise<readonly RepoPath[]> {
  const last = lastManifests.get(repository);
  if (last?.tree === tree) return last.paths;
  const entries = await repository.listTree(tree, signal);
  const paths = entries.map(({ path }) => path).filter(isManifestPath);
  lastManifests.set(repository, { tree, paths });
  return paths;
}
