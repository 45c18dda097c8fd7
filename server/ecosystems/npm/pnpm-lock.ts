import type { Packages } from "../ecosystem.ts";
import { at, entriesOf, type Located, stringOf } from "../located.ts";
import { parseLockYaml } from "./lock-yaml.ts";
import { type LockedPackages, readLocked } from "./locked.ts";

const SECTIONS = [
  ["dependencies", false],
  ["optionalDependencies", false],
  ["devDependencies", true],
] as const;

/** A package that a project of the workspace asks for, by the key that it has below `packages`. */
interface Asked {
  readonly alias: string;
  readonly dev: boolean;
}

/** Reads pnpm-lock.yaml, versions 5 to 9. */
export function readPnpmLock(text: string): Packages {
  return readLocked(text, (found) => {
    const root = parseLockYaml(text);
    const version = Number(at(root, "lockfileVersion").value ?? Number.NaN);
    if (!(version >= 5 && version < 10)) {
      const line = at(root, "lockfileVersion").line;
      found.mistake("This is not a pnpm lock file of a version from 5 to 9.", line);
      return;
    }
    const asked = askedFor(root, version);
    for (const [key, entry] of entriesOf(at(root, "packages"))) {
      addPackage(key, entry, version, asked, found);
    }
  });
}

function askedFor(root: Located, version: number): ReadonlyMap<string, Asked> {
  const asked = new Map<string, Asked>();
  const importers = entriesOf(at(root, "importers")).map(([, importer]) => importer);
  for (const importer of importers.length > 0 ? importers : [root]) {
    for (const [section, dev] of SECTIONS) {
      for (const [alias, value] of entriesOf(at(importer, section))) {
        const place = stringOf(value) ?? stringOf(at(value, "version")) ?? "";
        const key = keyOf(alias, place, version);
        const known = asked.get(key);
        asked.set(key, { alias, dev: dev && known?.dev !== false });
      }
    }
  }
  return asked;
}

/** The key below `packages` of what an importer names: `1.2.3`, `/name/1.2.3`, `name@1.2.3(peer@1)`. */
function keyOf(alias: string, place: string, version: number): string {
  const bare = withoutPeers(place, version);
  if (/^\d/u.test(bare)) {
    if (version >= 9) return `${alias}@${bare}`;
    return version >= 6 ? `/${alias}@${bare}` : `/${alias}/${bare}`;
  }
  return bare;
}

/** Peers stand in brackets; before version 6 they stood behind an underscore. */
function withoutPeers(text: string, version: number): string {
  return version >= 6 ? text.replace(/\(.*$/u, "") : text.replace(/(?<=\d[^/]*)_.*$/u, "");
}

function addPackage(
  key: string,
  entry: Located,
  version: number,
  asked: ReadonlyMap<string, Asked>,
  found: LockedPackages,
): void {
  const { line } = entry;
  const bare = withoutPeers(key, version);
  const by = asked.get(bare) ?? asked.get(key);
  const resolution = at(entry, "resolution");
  const read = readKey(bare, version);
  const name = stringOf(at(entry, "name")) ?? read?.name;
  if (name === undefined) {
    found.mistake("This entry does not name a package.", line);
    return;
  }
  const tarball = stringOf(at(resolution, "tarball"));
  const repository = stringOf(at(resolution, "repo"));
  const place = repository ?? (read === null ? (tarball ?? bare) : exotic(tarball));
  found.add({
    name,
    version: read?.version ?? stringOf(at(entry, "version")) ?? null,
    line,
    direct: by !== undefined,
    dev: by?.dev ?? at(entry, "dev").value === true,
    source: place ?? "registry",
    integrity: stringOf(at(resolution, "integrity")),
    alias: by?.alias,
  });
}

function exotic(tarball: string | undefined): string | undefined {
  return tarball === undefined || /\/-\/[^/]+\.tgz$/u.test(tarball) ? undefined : tarball;
}

/** `/@scope/name/1.2.3` before version 6, `/@scope/name@1.2.3` up to 8, `@scope/name@1.2.3` in 9; null for a place. */
function readKey(key: string, version: number): { name: string; version: string } | null {
  const pattern =
    version >= 9
      ? /^(@[^/@]+\/[^/@]+|[^/@]+)@(\d[^/:]*)$/u
      : version >= 6
        ? /^\/(@[^/@]+\/[^/@]+|[^/@]+)@(\d[^/:]*)$/u
        : /^\/(@[^/@]+\/[^/@]+|[^/@]+)\/(\d[^/:]*)$/u;
  const [, name, exact] = pattern.exec(key) ?? [];
  return name === undefined || exact === undefined ? null : { name, version: exact };
}
