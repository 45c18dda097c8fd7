import { PackageURL } from "packageurl-js";
import { valid } from "semver";

import { diffPackages } from "../../ecosystems/diff-packages.ts";
import type { Ecosystem, Package } from "../../ecosystems/ecosystem.ts";
import { ECOSYSTEMS } from "../../ecosystems/ecosystems.ts";
import type { Change } from "../change.ts";
import { lineLocation, type Location, type RepoPath } from "../location.ts";
import { textAfter, textBefore } from "./changed-text.ts";
import type { CheckInput } from "./check.ts";

/** A package that a change brings in, or moves to another version. */
export interface Arrival {
  readonly ecosystem: string;
  readonly name: string;
  /** With a version where the change names exactly one. */
  readonly purl: string;
  readonly version: string | null;
  /** What the manifest asks for, where it names the package. */
  readonly range: string | null;
  /** The version that is replaced; null for a package that is new, or whose old version is not told. */
  readonly before: string | null;
  readonly isNew: boolean;
  readonly direct: boolean;
  /** The manifest's line where it names the package, else the lock file's. */
  readonly location: Location;
  readonly alsoAt: readonly Location[];
  /** As the file at `location` names it. */
  readonly package: Package;
}

/** A package that a changed file names, beside what the file named in its place before. */
interface Named {
  readonly path: RepoPath;
  readonly before: Package | null;
  readonly after: Package;
}

/** What one changed manifest or lock file names now. */
interface Reading {
  readonly isLock: boolean;
  readonly path: RepoPath;
  readonly all: readonly Package[];
  readonly fresh: readonly Named[];
}

/** Images and workflow actions are no packages of a registry that keeps versions and publishers. */
const WITH_REGISTRY = ECOSYSTEMS.filter(({ name }) => name !== "docker" && name !== "github");

/** Reading a large lock file takes a while, and every check of a review asks for the same. */
const known = new WeakMap<Change, readonly Arrival[]>();

/**
 * The packages from registries that a change brings in or moves, once each, the directly named ones
 * first. A manifest's range is joined with the version that a changed lock file gives it.
 */
export function findArrivals(input: Pick<CheckInput, "change" | "texts">): readonly Arrival[] {
  const kept = known.get(input.change);
  if (kept !== undefined) return kept;
  const found = WITH_REGISTRY.flatMap((ecosystem) => arrivalsOf(input, ecosystem));
  const sorted = found.toSorted((a, b) => Number(b.direct) - Number(a.direct));
  known.set(input.change, sorted);
  return sorted;
}

function arrivalsOf(
  input: Pick<CheckInput, "change" | "texts">,
  ecosystem: Ecosystem,
): readonly Arrival[] {
  const readings = input.change.files.flatMap((file) => readFile(input, ecosystem, file));
  const locks = readings.filter(({ isLock }) => isLock);
  const locked = new Map<string, Named>();
  for (const { path, all, fresh } of locks) {
    for (const after of all) {
      // A version that stays is in the place of itself.
      if (after.direct) locked.set(nameInCode(after), { path, before: after, after });
    }
    for (const each of fresh) if (each.after.direct) locked.set(nameInCode(each.after), each);
  }
  const arrivals = new Map<string, Arrival>();
  const joined = new Set<Package>();
  for (const { isLock, fresh } of readings) {
    for (const each of isLock ? [] : fresh) {
      const lock = locked.get(nameInCode(each.after)) ?? null;
      if (lock !== null) joined.add(lock.after);
      put(arrivals, arrivalOf(ecosystem, each, lock, false));
    }
  }
  for (const each of locks.flatMap(({ fresh }) => fresh)) {
    if (!joined.has(each.after)) put(arrivals, arrivalOf(ecosystem, each, null, true));
  }
  return [...arrivals.values()];
}

function readFile(
  input: Pick<CheckInput, "change" | "texts">,
  ecosystem: Ecosystem,
  file: Change["files"][number],
): readonly Reading[] {
  const path = file.after?.path;
  const text = textAfter(input, file);
  if (path === undefined || text === null) return [];
  const isLock = ecosystem.isLockfile(path);
  if (!isLock && !ecosystem.isManifest(path)) return [];
  const read = isLock ? ecosystem.readLockfile : ecosystem.readManifest;
  const fromRegistry = (packages: readonly Package[]) =>
    packages.filter(({ source }) => source === "registry");
  const old = textBefore(input, file);
  const before = old === null ? [] : fromRegistry(read(file.before?.path ?? path, old).packages);
  const all = fromRegistry(read(path, text).packages);
  const { added, changed } = diffPackages(before, all);
  const fresh = [...changed, ...added.map((after) => ({ before: null, after }))];
  return [
    {
      isLock,
      path,
      all,
      fresh: fresh.map(({ before: was, after }) => ({ path, before: was, after })),
    },
  ];
}

/** The name that a manifest and its lock file share, whatever stands behind an alias. */
function nameInCode({ name, alias }: Package): string {
  return alias ?? name;
}

function arrivalOf(
  { name: ecosystem }: Ecosystem,
  { after, before, path }: Named,
  locked: Named | null,
  isLock: boolean,
): Arrival {
  const version = exactVersion(locked?.after ?? after);
  const old = locked === null ? before : locked.before;
  return {
    ecosystem,
    name: after.name,
    purl: withVersion(after.purl, version),
    version,
    range: isLock ? null : after.version,
    before: old === null ? null : exactVersion(old),
    isNew: before === null,
    direct: after.direct,
    location: lineLocation(path, after.line),
    alsoAt: locked === null ? [] : [lineLocation(locked.path, locked.after.line)],
    package: after,
  };
}

/** The package URL of the version that is replaced by another one; null where there is none. */
export function beforePurl({ purl, version, before }: Arrival): string | null {
  return before === null || before === version ? null : withVersion(purl, before);
}

/** The one version that a file names, null where it names a range. */
function exactVersion({ purl, version, ecosystem }: Package): string | null {
  const told = PackageURL.fromString(purl).version;
  if (typeof told === "string") return told;
  return ecosystem === "npm" && version !== null ? valid(version) : null;
}

/** A package URL with another version; the same one where there is none. */
export function withVersion(purl: string, version: string | null): string {
  if (version === null) return purl;
  const { type, namespace, name } = PackageURL.fromString(purl);
  return new PackageURL(type, namespace, name, version, undefined, undefined).toString();
}

function put(arrivals: Map<string, Arrival>, arrival: Arrival): void {
  const key = `${arrival.purl} ${arrival.range ?? ""} ${arrival.before ?? ""}`;
  const first = arrivals.get(key);
  const alsoAt = [...(first?.alsoAt ?? []), arrival.location].slice(0, 10);
  arrivals.set(key, first === undefined ? arrival : { ...first, alsoAt });
}
