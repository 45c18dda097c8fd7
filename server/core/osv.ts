import { PackageURL } from "packageurl-js";
import { compare, valid } from "semver";
import { z } from "zod";

import type { Advisory } from "./fact.ts";

const text = z.string().max(10_000);
const Event = z.object({
  introduced: text.optional(),
  fixed: text.optional(),
  last_affected: text.optional(),
});
const Affected = z.object({
  package: z.object({ ecosystem: text, name: text, purl: text.optional() }).optional(),
  ranges: z
    .array(z.object({ type: text, events: z.array(Event).max(2000) }))
    .max(2000)
    .default([]),
  versions: z.array(text).max(20_000).default([]),
});

/** A record of the Open Source Vulnerability format (ossf.github.io/osv-schema), as far as it is used. */
export const OsvRecord = z.object({
  id: z.string().min(1).max(200),
  aliases: z.array(text).max(200).default([]),
  summary: text.default("").catch(""),
  withdrawn: text.optional(),
  affected: z.array(Affected).max(5000).default([]),
});
export type OsvRecord = z.infer<typeof OsvRecord>;

/** OSV's names of ecosystems that are not their purl type in other letters. */
const NAMES: Readonly<Record<string, string>> = {
  go: "golang",
  rubygems: "gem",
  packagist: "composer",
};

/** Packages that a record is about, as `<purl type> <name>`. */
export function packagesOf(record: OsvRecord): readonly string[] {
  return [...new Set(record.affected.flatMap((each) => keyOf(each) ?? []))];
}

function keyOf({ package: about }: z.infer<typeof Affected>): string | null {
  if (about === undefined) return null;
  if (about.purl !== undefined) {
    try {
      const { type, namespace, name } = PackageURL.fromString(about.purl);
      return osvKey(type, namespace ?? null, name);
    } catch {
      return null;
    }
  }
  // Rust's is named after its registry.
  const name = about.ecosystem.toLowerCase().split(":", 1)[0] ?? "";
  return `${name.startsWith("crates") ? "cargo" : (NAMES[name] ?? name)} ${about.name}`;
}

/** The key of a package: its purl type and its name as its ecosystem writes it. */
export function osvKey(type: string, namespace: string | null, name: string): string {
  const separator = type === "maven" ? ":" : "/";
  return `${type} ${namespace === null ? "" : `${namespace}${separator}`}${name}`;
}

/** What a record says against one version of a package; null where it is not about it. */
export function advisoryAgainst(record: OsvRecord, key: string, version: string): Advisory | null {
  if (record.withdrawn !== undefined) return null;
  const about = record.affected.filter((each) => keyOf(each) === key);
  const hit = about.find((each) => isAffected(each, version));
  if (hit === undefined) return null;
  return {
    id: record.id,
    aliases: record.aliases,
    summary: record.summary.slice(0, 300),
    isMalicious: [record.id, ...record.aliases].some((id) => id.startsWith("MAL-")),
    fixed: fixAfter(hit, version),
  };
}

type Range = z.infer<typeof Affected>["ranges"][number];

function isAffected({ versions, ranges }: z.infer<typeof Affected>, version: string): boolean {
  return versions.includes(version) || ranges.some((range) => isInRange(range, version));
}

/** https://ossf.github.io/osv-schema/#evaluation */
function isInRange({ type, events }: Range, version: string): boolean {
  if (type === "GIT") return false;
  const sorted = events.toSorted((a, b) => compareVersions(placeOf(a), placeOf(b)));
  let isIn = false;
  for (const event of sorted) {
    const { introduced, fixed, last_affected: last } = event;
    if (introduced !== undefined && isAtLeast(version, introduced)) isIn = true;
    if (fixed !== undefined && isAtLeast(version, fixed)) isIn = false;
    if (last !== undefined && isAtLeast(version, last) && compareVersions(version, last) !== 0) {
      isIn = false;
    }
  }
  return isIn;
}

function placeOf({ introduced, fixed, last_affected: last }: z.infer<typeof Event>): string {
  return introduced ?? fixed ?? last ?? "0";
}

function isAtLeast(version: string, other: string): boolean {
  return other === "0" || compareVersions(version, other) >= 0;
}

/** The first fixed version that is later than the affected one. */
function fixAfter({ ranges }: z.infer<typeof Affected>, version: string): string | null {
  const fixes = ranges
    .filter(({ type }) => type !== "GIT")
    .flatMap(({ events }) => events.flatMap(({ fixed }) => fixed ?? []))
    .filter((fixed) => compareVersions(fixed, version) > 0);
  return fixes.toSorted(compareVersions)[0] ?? null;
}

/** Semantic versions by their rules; any other by their numbers, a pre-release before its release. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [valid(a), valid(b)];
  if (left !== null && right !== null) return compare(left, right);
  const [one, two] = [partsOf(a), partsOf(b)];
  for (let at = 0; at < Math.max(one.length, two.length); at += 1) {
    const difference = (one[at] ?? 0) - (two[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function partsOf(version: string): readonly number[] {
  const bare = version.replace(/^v/u, "").replace(/\+.*$/u, "");
  return bare.split(/[.-]|(?<=\d)(?=[a-z])|(?<=[a-z])(?=\d)/iu).map((part) => {
    if (/^\d+$/u.test(part)) return Number(part);
    // Before any number: what stands for a pre-release; after it: what comes later.
    return /^(?:dev|a|alpha|b|beta|c|rc|pre|preview|m|snapshot)$/iu.test(part) ? -1 : 0;
  });
}
