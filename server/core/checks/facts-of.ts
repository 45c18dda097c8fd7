import { compare, maxSatisfying, prerelease, valid } from "semver";

import type { AdvisoriesFact, Fact, PackageFact, PackageRecord, VersionRecord } from "../fact.ts";
import { type Arrival, beforePurl, withVersion } from "./arrivals.ts";

/** What a registry's record says of one package that a change brings in. */
export function factOf(record: PackageRecord, arrival: Arrival): PackageFact {
  const { source, time, exists, latest, versions } = record;
  const common = { kind: "package", purl: arrival.purl, source, time, exists } as const;
  if (!exists) return common;
  const version = arrival.version ?? versionFor(record, arrival);
  const said = version === null ? undefined : ownValue(arrival.ecosystem, versions, version);
  const first = Object.values(versions)
    .flatMap(({ publishedAt }) => publishedAt ?? [])
    .reduce((least: string | null, at) => (least === null || at < least ? at : least), null);
  const before =
    arrival.before === null ? undefined : ownValue(arrival.ecosystem, versions, arrival.before);
  return {
    ...common,
    ...said,
    ...(version !== null && { version, versionExists: said !== undefined }),
    ...(latest !== null && { latest }),
    ...(first !== null && { firstPublishedAt: first }),
    ...(arrival.before !== null && before && { before: { version: arrival.before, ...before } }),
  };
}

/** What is known about a package that came in. */
export interface KnownAbout {
  readonly package: PackageFact | null;
  /** Against the version that is meant. */
  readonly advisories: AdvisoriesFact | null;
  /** Against the version that is replaced. */
  readonly advisoriesBefore: AdvisoriesFact | null;
}

/** Finds what facts say about a package. */
export function indexFacts(facts: readonly Fact[]): (arrival: Arrival) => KnownAbout {
  const packages = new Map<string, PackageFact>();
  const advisories = new Map<string, AdvisoriesFact>();
  for (const fact of facts) {
    if (fact.kind === "package") packages.set(fact.purl, fact);
    else if (fact.kind === "advisories") advisories.set(fact.purl, fact);
  }
  return (arrival) => {
    const said = packages.get(arrival.purl) ?? null;
    const old = beforePurl(arrival);
    return {
      package: said,
      advisories: advisories.get(meantPurl(arrival, said)) ?? null,
      advisoriesBefore: old === null ? null : (advisories.get(old) ?? null),
    };
  };
}

/** The package URL of the version that is meant, where a registry says what a range comes to. */
export function meantPurl({ purl, version }: Arrival, fact: PackageFact | null): string {
  const resolved = version === null ? fact?.version : undefined;
  return resolved === undefined ? purl : withVersion(purl, resolved);
}

/** What a range comes to today: for npm the newest that it allows; elsewhere the newest of all. */
function versionFor({ versions, latest }: PackageRecord, arrival: Arrival): string | null {
  const { ecosystem, range } = arrival;
  if (ecosystem !== "npm" || range === null) return latest ?? newest(Object.keys(versions));
  if (latest !== null && (range === "" || range === "latest")) return latest;
  return maxSatisfying(Object.keys(versions), range) ?? null;
}

function newest(versions: readonly string[]): string | null {
  const known = versions.filter((each) => valid(each) !== null && prerelease(each) === null);
  return known.toSorted(compare).at(-1) ?? null;
}

function ownValue(
  ecosystem: string,
  versions: Readonly<Record<string, VersionRecord>>,
  version: string,
): VersionRecord | undefined {
  if (Object.hasOwn(versions, version)) return versions[version];
  // PEP 440: 2.0 and 2.0.0 are one version.
  const plain = (text: string): string => text.toLowerCase().replace(/(?:\.0)+$/u, "");
  const same = Object.keys(versions).find((each) => plain(each) === plain(version));
  return ecosystem === "pypi" && same !== undefined ? versions[same] : undefined;
}
