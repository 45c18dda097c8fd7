import type { Change } from "../core/change.ts";
import type { RepoPath } from "../core/location.ts";
import { ECOSYSTEMS } from "../ecosystems/ecosystems.ts";
import type { Repository } from "./ports.ts";

/**
 * Texts of files that the change did not touch but its checks need: the manifests that may declare
 * the imports of its source files, at head.
 */
export async function readContext(
  repository: Repository,
  change: Change,
  signal: AbortSignal,
): Promise<ReadonlyMap<RepoPath, string>> {
  const wanted = new Set<RepoPath>();
  for (const { path, after } of change.files) {
    if (!after) continue;
    for (const ecosystem of ECOSYSTEMS) {
      if (!ecosystem.isSource(path)) continue;
      for (const manifest of ecosystem.manifestsFor(path)) wanted.add(manifest);
    }
  }
  const entries = await repository.findInTree(change.head.tree, [...wanted], signal);
  const files = entries.filter((entry) => entry.mode.startsWith("100"));
  const texts = await repository.readTexts(
    files.map((entry) => entry.blob),
    signal,
  );
  const context = new Map<RepoPath, string>();
  for (const { path, blob } of files) {
    const text = texts.get(blob);
    if (text !== undefined) context.set(path, text);
  }
  return context;
}
