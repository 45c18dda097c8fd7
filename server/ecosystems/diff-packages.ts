import type { Package } from "./ecosystem.ts";

/** What one list of packages has that another has not. */
export interface PackageDifference {
  readonly added: readonly Package[];
  readonly removed: readonly Package[];
  /** The same package in another version, or from another place or with another hash. */
  readonly changed: readonly { readonly before: Package; readonly after: Package }[];
}

/**
 * Compares two lists of packages. A lock file may hold a package several times: what is the same on
 * both sides is left out, the rest is paired in order, and what then is left over came or went.
 */
export function diffPackages(
  before: readonly Package[],
  after: readonly Package[],
): PackageDifference {
  const [old, now] = [groupByName(before), groupByName(after)];
  const added: Package[] = [];
  const removed: Package[] = [];
  const changed: { before: Package; after: Package }[] = [];
  for (const name of new Set([...old.keys(), ...now.keys()])) {
    const was = old.get(name) ?? new Map<string, Package>();
    const is = now.get(name) ?? new Map<string, Package>();
    const gone = [...was].flatMap(([key, it]) => (is.has(key) ? [] : [it]));
    const come = [...is].flatMap(([key, it]) => (was.has(key) ? [] : [it]));
    const pairs = Math.min(gone.length, come.length);
    for (const [at, item] of come.entries()) {
      const partner = gone[at];
      if (partner === undefined) added.push(item);
      else changed.push({ before: partner, after: item });
    }
    removed.push(...gone.slice(pairs));
  }
  return { added, removed, changed };
}

function groupByName(packages: readonly Package[]): Map<string, Map<string, Package>> {
  const names = new Map<string, Map<string, Package>>();
  for (const item of packages) {
    const name = JSON.stringify([item.ecosystem, item.name]);
    const same = names.get(name) ?? new Map<string, Package>();
    const key = JSON.stringify([item.version, item.source, item.integrity]);
    if (!same.has(key)) same.set(key, item);
    names.set(name, same);
  }
  return names;
}
