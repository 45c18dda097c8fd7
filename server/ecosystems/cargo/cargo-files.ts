import type { Packages } from "../ecosystem.ts";
import { at, entriesOf, itemsOf, type Located, parseTomlLocated, stringOf } from "../located.ts";
import { type PackageCollector, readSafely } from "../reading.ts";

const SECTIONS = [
  ["dependencies", false],
  ["build-dependencies", false],
  ["dev-dependencies", true],
] as const;

/** Reads Cargo.toml: every dependency table, those of targets and of the workspace too. */
export function readCargoToml(text: string): Packages {
  return readSafely("cargo", text, { exact: false }, (collector) => {
    const root = parseTomlLocated(text);
    const targets = entriesOf(at(root, "target")).map(([, target]) => target);
    for (const place of [root, at(root, "workspace"), ...targets]) {
      for (const [section, dev] of SECTIONS) addTable(collector, at(place, section), dev);
    }
  });
}

/**
 * Reads Cargo.lock (versions 1 to 4). Packages without a source are the workspace's own; what they
 * depend on is direct.
 */
export function readCargoLock(text: string): Packages {
  return readSafely("cargo", text, { exact: true }, (collector) => {
    const root = parseTomlLocated(text);
    const tables = itemsOf(at(root, "package"));
    const own = tables.filter((table) => at(table, "source").value === undefined);
    const direct = new Set(
      own.flatMap((table) =>
        itemsOf(at(table, "dependencies")).flatMap((item) => stringOf(item)?.split(" ")[0] ?? []),
      ),
    );
    const checksums = olderChecksums(root);
    for (const table of tables) {
      const source = stringOf(at(table, "source"));
      if (source === undefined) continue;
      const name = stringOf(at(table, "name")) ?? "";
      const version = stringOf(at(table, "version")) ?? null;
      collector.add({
        name,
        version,
        line: at(table, "name").line,
        direct: direct.has(name),
        source: /^(?:registry|sparse)\+/.test(source) ? "registry" : source,
        integrity: stringOf(at(table, "checksum")) ?? checksums.get(`${name} ${version}`) ?? null,
      });
    }
  });
}

function addTable(collector: PackageCollector, table: Located, dev: boolean): void {
  for (const [key, value] of entriesOf(table)) {
    const places = ["git", "path", "registry"].map((name) => stringOf(at(value, name)));
    collector.add({
      name: stringOf(at(value, "package")) ?? key,
      version: stringOf(value) ?? stringOf(at(value, "version")) ?? null,
      line: value.line,
      direct: true,
      dev,
      source: places.slice(0, 2).find((place) => place !== undefined) ?? "registry",
    });
  }
}

/** Version 1 keeps the checksums in a metadata table: `checksum name version (source)`. */
function olderChecksums(root: Located): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of entriesOf(at(root, "metadata"))) {
    const [word, name, version] = key.split(" ");
    const checksum = stringOf(value);
    if (word === "checksum" && checksum) found.set(`${name} ${version}`, checksum);
  }
  return found;
}
