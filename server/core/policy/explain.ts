import { LineCounter, parseDocument } from "yaml";

import type { RepoPath } from "../location.ts";
import type { LoadedPolicy, Policy } from "./policy.ts";
import { rangeOf } from "./tree.ts";

/** One value of the effective policy, with where it comes from. */
export interface PolicyValue {
  /** As it is written in the file: `sandbox.timeout`, `rules.dependency/added`. */
  readonly key: string;
  /** In the file's own units. */
  readonly value: unknown;
  readonly origin:
    | { readonly kind: "preset"; readonly preset: Policy["preset"] }
    | { readonly kind: "file"; readonly path: RepoPath; readonly line: number };
}

const MIB = 1024 * 1024;

/**
 * Every value of a policy with its origin. `text` is the file that it was loaded from, null where
 * there is none. A file with mistakes is not obeyed, so then every value is the preset's, but for
 * the protected paths that were kept.
 */
export function explainPolicy(loaded: LoadedPolicy, text: string | null): readonly PolicyValue[] {
  const { policy, origin } = loaded;
  const lineOf = text === null || loaded.problems.length > 0 ? () => null : findKeys(text);
  const path = origin === "default" ? "" : origin.path;
  return valuesOf(policy).map(([keys, value]) => {
    const line = lineOf(keys);
    return {
      key: keys.join("."),
      value,
      origin:
        line === null ? { kind: "preset", preset: policy.preset } : { kind: "file", path, line },
    };
  });
}

function valuesOf(policy: Policy): readonly (readonly [readonly string[], unknown])[] {
  const { sandbox } = policy;
  const { limits } = sandbox;
  return [
    [["preset"], policy.preset],
    [["block"], policy.block],
    [["protected-paths"], policy.protectedPaths],
    [["forbidden-apis"], policy.forbiddenApis],
    [["change-size", "lines"], policy.changeSize.lines],
    [["change-size", "files"], policy.changeSize.files],
    [["require"], policy.require],
    [["approvals", "count"], policy.approvals.count],
    [["approvals", "by"], policy.approvals.by],
    [["approvals", "not-author"], policy.approvals.notAuthor],
    [["sandbox", "command"], sandbox.command],
    [["sandbox", "image"], sandbox.image],
    [["sandbox", "memory"], limits.memoryBytes / MIB],
    [["sandbox", "cpus"], limits.cpus],
    [["sandbox", "pids"], limits.pids],
    [["sandbox", "timeout"], limits.timeoutMs / 1000],
    [["sandbox", "egress"], sandbox.egress],
    [["facts", "osv"], policy.facts.osv],
    [["facts", "vex"], policy.facts.vex],
    [["facts", "minimum-age"], policy.facts.minimumAgeHours],
    [["dependencies", "deny"], policy.dependencies.deny],
    [["dependencies", "licenses", "allow"], policy.dependencies.licenses.allow],
    [["dependencies", "licenses", "deny"], policy.dependencies.licenses.deny],
    [["exceptions"], policy.exceptions],
    [["weights"], policy.weights],
    ...Object.entries(policy.severities).map(
      ([rule, severity]) => [["rules", rule], severity] as const,
    ),
  ];
}

function findKeys(text: string): (keys: readonly string[]) => number | null {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, merge: false });
  return (keys) => {
    if (!document.hasIn(keys)) return null;
    return lines.linePos(rangeOf(document.getIn(keys, true))[0]).line;
  };
}
