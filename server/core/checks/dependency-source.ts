import { minVersion, satisfies, validRange } from "semver";

import { diffPackages } from "../../ecosystems/diff-packages.ts";
import type { Ecosystem, Package } from "../../ecosystems/ecosystem.ts";
import { ECOSYSTEMS } from "../../ecosystems/ecosystems.ts";
import type { ChangedFile } from "../change.ts";
import type { Finding } from "../finding.ts";
import { lineLocation, type RepoPath } from "../location.ts";
import { printable } from "../printable.ts";
import { arrivalFinding } from "./arrival-finding.ts";
import { findArrivals } from "./arrivals.ts";
import { textAfter, textBefore } from "./changed-text.ts";
import { type Check, type CheckInput, finding } from "./check.ts";

/** Sources that are the repository's own. */
const OWN = /^(?:registry$|workspace:|file:|link:|portal:|path:|catalog:|\.{0,2}\/|~\/)/u;

interface Read {
  readonly ecosystem: Ecosystem;
  readonly path: RepoPath;
  readonly before: readonly Package[];
  readonly after: readonly Package[];
}

function readChanged(input: CheckInput, kind: "isManifest" | "isLockfile"): readonly Read[] {
  return ECOSYSTEMS.filter(({ name }) => name !== "docker" && name !== "github").flatMap(
    (ecosystem) => input.change.files.flatMap((file) => readFile(input, ecosystem, file, kind)),
  );
}

function readFile(
  input: CheckInput,
  ecosystem: Ecosystem,
  file: ChangedFile,
  kind: "isManifest" | "isLockfile",
): readonly Read[] {
  const path = file.after?.path;
  const text = textAfter(input, file);
  if (path === undefined || text === null || !ecosystem[kind](path)) return [];
  const read = kind === "isLockfile" ? ecosystem.readLockfile : ecosystem.readManifest;
  const old = textBefore(input, file);
  const before = old === null ? [] : read(file.before?.path ?? path, old).packages;
  return [{ ecosystem, path, before, after: read(path, text).packages }];
}

/** `dependency/exotic-source`: packages from a repository, an address or an archive, at the manifest's line first. */
export const findExoticSources: Check = (input) => {
  const told = new Set<string>();
  const reads = [...readChanged(input, "isManifest"), ...readChanged(input, "isLockfile")];
  return reads.flatMap(({ path, before, after }) => {
    const known = new Set(before.map(({ name, source }) => `${name} ${source}`));
    return after.flatMap(({ name, source, line }) => {
      if (OWN.test(source) || known.has(`${name} ${source}`) || told.has(name)) return [];
      told.add(name);
      const isPinned = /[#@=/](?:[0-9a-f]{40}|[0-9a-f]{64})(?:$|[^0-9a-f])/u.test(source);
      const how = isPinned ? "a pinned commit of " : "";
      return finding({
        rule: "dependency/exotic-source",
        subject: name,
        message: `${printable(name)} comes from ${how}${printable(source)} and not from a registry.`,
        location: lineLocation(path, line),
      });
    });
  });
};

/** `dependency/unpinned`: ranges without an upper end that no lock file of the change pins. */
export const findUnpinned: Check = (input) =>
  findArrivals(input).flatMap((arrival) => {
    const { version, range, ecosystem, direct } = arrival;
    if (!arrival.isNew || !direct || version !== null || !isOpen(ecosystem, range)) return [];
    if (arrival.package.version === null && arrival.range === null && ecosystem === "npm")
      return [];
    const says = range === null || range === "" ? "no version" : printable(range);
    return [
      arrivalFinding("dependency/unpinned", arrival, {
        message: `${printable(arrival.name)} is declared with ${says}: whatever is published next is installed.`,
      }),
    ];
  });

function isOpen(ecosystem: string, range: string | null): boolean {
  if (ecosystem === "npm") {
    if (range === null) return false;
    const valid = validRange(range);
    return valid === null ? range === "latest" : satisfies("99999.0.0", valid);
  }
  if (ecosystem === "pypi") return range === null || range === "" || /^>=?[^,<=]*$/u.test(range);
  return ecosystem === "cargo" && range === "*";
}

/** `dependency/lockfile-mismatch`: another content or place behind the same version, and versions that nobody asked for. */
export const findLockMismatches: Check = (input) => {
  const manifests = readChanged(input, "isManifest");
  const locks = readChanged(input, "isLockfile");
  return [...locks.flatMap(exchanged), ...locks.flatMap((lock) => unasked(lock, manifests))];
};

function exchanged({ path, before, after }: Read): readonly Finding[] {
  const { changed } = diffPackages(before, after);
  return changed.flatMap(({ before: was, after: is }) => {
    if (was.version !== is.version || was.version === null) return [];
    const what = differenceOf(was, is);
    if (what === null) return [];
    return finding({
      rule: "dependency/lockfile-mismatch",
      subject: `${is.name} ${is.version}`,
      message: `${printable(`${is.name}@${is.version}`)} has ${what}, though its version is the same.`,
      location: lineLocation(path, is.line),
    });
  });
}

function differenceOf(was: Package, is: Package): string | null {
  if (was.source !== is.source) return `another source, ${printable(is.source)}`;
  if (was.integrity === is.integrity || was.integrity === null) return null;
  if (is.integrity === null) return "lost its content hash";
  const hashes = (text: string): readonly string[] => text.split(/[\s,]+/u);
  const shared = hashes(was.integrity).some((each) => hashes(is.integrity ?? "").includes(each));
  // Another algorithm is no other content, as far as one can tell from here.
  const algorithm = (text: string): string => text.split(/[-:/]/u, 1)[0] ?? "";
  if (shared || algorithm(was.integrity) !== algorithm(is.integrity)) return null;
  return "another content hash";
}

/** Versions that the manifest beside the lock file does not ask for. Only npm's ranges are judged. */
function unasked(lock: Read, manifests: readonly Read[]): readonly Finding[] {
  if (lock.ecosystem.name !== "npm") return [];
  const folder = lock.path.slice(0, lock.path.lastIndexOf("/") + 1);
  const manifest = manifests.find(({ path }) => path === `${folder}package.json`);
  if (manifest === undefined) return [];
  const locked = new Map<string, Package[]>();
  for (const each of lock.after) {
    if (each.direct) locked.set(each.name, [...(locked.get(each.name) ?? []), each]);
  }
  return manifest.after.flatMap(({ name, version: range, source, direct }) => {
    const found = locked.get(name) ?? [];
    const [first] = found;
    const isJudged =
      direct && source === "registry" && range !== null && validRange(range) !== null;
    if (!isJudged || first === undefined || minVersion(range) === null) return [];
    const fits = found.some(
      ({ version }) => version !== null && satisfies(version, range, { includePrerelease: true }),
    );
    if (fits || found.every(({ version }) => version === null)) return [];
    return finding({
      rule: "dependency/lockfile-mismatch",
      subject: `${name} unasked`,
      message: `The lock file has ${printable(`${name}@${first.version ?? ""}`)}, and the manifest asks for ${printable(range)}.`,
      location: lineLocation(lock.path, first.line),
    });
  });
}
