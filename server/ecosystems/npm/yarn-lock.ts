import type { Packages } from "../ecosystem.ts";
import { at, entriesOf, type Located, stringOf } from "../located.ts";
import { parseLockYaml } from "./lock-yaml.ts";
import { type LockedPackages, readLocked } from "./locked.ts";
import { readSpec } from "./package-spec.ts";

/** Reads yarn.lock, of yarn 1 and of yarn 2 and later. */
export function readYarnLock(text: string): Packages {
  return readLocked(text, (found) => {
    if (/^__metadata:/mu.test(text)) readBerry(parseLockYaml(text), found);
    else readClassic(text, found);
  });
}

interface Entry {
  readonly line: number;
  readonly descriptors: readonly string[];
  readonly fields: Map<string, string>;
  readonly dependencies: string[];
}

const ENTRY = /^("[^"\\]*"|[^\s"#:][^\s"]*)((?:, (?:"[^"\\]*"|[^\s",][^\s"]*))*):$/u;
const FIELD = /^ {2}(\w+) ("[^"\\]*"|[^\s"]+)$/u;
const SECTION = /^ {2}(?:dependencies|optionalDependencies):$/u;
const DEPENDENCY = /^ {4}("[^"\\]*"|[^\s"]+) ("[^"\\]*"|[^\s"]+)$/u;

/** yarn 1 has a syntax of its own: `key value` lines below the names that a package was asked for by. */
function readClassic(text: string, found: LockedPackages): void {
  const entries: Entry[] = [];
  let line = 0;
  for (const raw of text.split("\n")) {
    line += 1;
    const row = raw.replace(/\r$/u, "");
    if (row === "" || row.startsWith("#")) continue;
    const entry = entries.at(-1);
    const isHead = ENTRY.test(row);
    const [, key, value] = (isHead ? null : (FIELD.exec(row) ?? DEPENDENCY.exec(row))) ?? [];
    if (isHead) {
      const descriptors = row.slice(0, -1).split(", ").map(unquote);
      entries.push({ line, descriptors, fields: new Map(), dependencies: [] });
    } else if (entry !== undefined && key !== undefined && value !== undefined) {
      if (row.startsWith("    ")) entry.dependencies.push(`${unquote(key)}@${unquote(value)}`);
      else if (entry.fields.has(key)) found.mistake(`"${key}" is given twice.`, line);
      else entry.fields.set(key, unquote(value));
    } else if (entry === undefined || !SECTION.test(row)) {
      found.mistake("This line is not one that yarn writes.", line);
    }
  }
  if (entries.length === 0 && !/yarn lockfile v1/u.test(text)) {
    found.mistake("This is not a lock file of yarn: it names no packages.", 1);
  }
  const wanted = new Set(entries.flatMap(({ dependencies }) => dependencies));
  for (const entry of entries) addClassic(entry, wanted, found);
}

function addClassic(entry: Entry, wanted: ReadonlySet<string>, found: LockedPackages): void {
  const { line, descriptors, fields } = entry;
  const [name, range] = splitDescriptor(descriptors[0] ?? "");
  const spec = readSpec(name, range);
  const resolved = fields.get("resolved");
  const version = fields.get("version") ?? null;
  if (version === null) found.mistake(`${name} has no version.`, line);
  // The same version for another name, from the same place, would hide one package behind the other.
  if (new Set(descriptors.map((each) => readSpec(...splitDescriptor(each)).name)).size > 1) {
    found.mistake("One entry names several packages.", line);
  }
  found.add({
    name: spec.name,
    version,
    line,
    // What nothing else in the file asks for, the project asks for.
    direct: descriptors.some((each) => !wanted.has(each)),
    source: spec.source === "registry" ? placeOf(resolved) : spec.source,
    integrity: fields.get("integrity") ?? hashOf(resolved),
    alias: name,
  });
}

/** Tarballs at the path that registries use are from a registry, whichever host it has. */
function placeOf(resolved: string | undefined): string {
  if (resolved === undefined || /^https?:\/\/[^?#]+\/-\/[^/]+\.tgz(?:#|$)/u.test(resolved)) {
    return "registry";
  }
  return resolved.split("#", 1)[0] ?? resolved;
}

/** Before there was an integrity, the SHA-1 stood behind the address. */
function hashOf(resolved: string | undefined): string | undefined {
  const hex = /#([0-9a-f]{40})$/u.exec(resolved ?? "")?.[1];
  return hex === undefined ? undefined : `sha1-${hex}`;
}

/** `name@range`, where the name may begin with an `@`. */
function splitDescriptor(descriptor: string): [name: string, range: string] {
  const cut = descriptor.indexOf("@", 1);
  return cut === -1 ? [descriptor, "*"] : [descriptor.slice(0, cut), descriptor.slice(cut + 1)];
}

function unquote(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1) : text;
}

function readBerry(root: Located, found: LockedPackages): void {
  const entries = entriesOf(root).filter(([key]) => key !== "__metadata");
  const asked = new Set<string>();
  for (const [, entry] of entries) {
    if (!(stringOf(at(entry, "resolution")) ?? "").includes("@workspace:")) continue;
    for (const [name, range] of entriesOf(at(entry, "dependencies"))) {
      const text = stringOf(range) ?? "";
      asked.add(`${name}@${text}`).add(`${name}@npm:${text}`);
    }
  }
  for (const [key, entry] of entries) {
    const resolution = stringOf(at(entry, "resolution"));
    if (resolution === undefined) {
      found.mistake("This entry does not say what it stands for.", entry.line);
      continue;
    }
    const [name, place] = splitDescriptor(resolution);
    if (place.startsWith("workspace:")) continue;
    const version = /^npm:([^:]+?)(?:::.*)?$/u.exec(place)?.[1];
    const descriptors = key.split(/, */u);
    found.add({
      name,
      version: version ?? null,
      line: entry.line,
      direct: descriptors.some((each) => asked.has(each)),
      source: version === undefined ? place : "registry",
      integrity: stringOf(at(entry, "checksum")),
      alias: splitDescriptor(descriptors[0] ?? "")[0],
    });
  }
}
