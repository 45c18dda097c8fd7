import type { ChangeEnds } from "../core/change.ts";
import { loadPolicy } from "../core/policy/load.ts";
import { type LoadedPolicy, POLICY_PATH } from "../core/policy/policy.ts";
import type { Repository } from "./ports.ts";

/**
 * Reads the policy that judges a change: always from the merge base, so that a change cannot rewrite
 * its own judge. A policy that is not a plain readable file counts as an invalid one.
 */
export async function readPolicy(
  repository: Repository,
  ends: ChangeEnds,
  signal: AbortSignal,
): Promise<LoadedPolicy> {
  const [entry] = await repository.findInTree(ends.base.tree, [POLICY_PATH], signal);
  const origin = { commit: ends.base.commit, path: POLICY_PATH };
  if (!entry) return loadPolicy(null, "default");
  if (!entry.mode.startsWith("100")) {
    return loadPolicy("shipgate.yaml is a link or a submodule, not a file", origin);
  }
  const texts = await repository.readTexts([entry.blob], signal);
  return loadPolicy(texts.get(entry.blob) ?? "shipgate.yaml is not readable text", origin);
}
