import type { Packages } from "../ecosystem.ts";
import {
  at,
  entriesOf,
  itemsOf,
  type Located,
  parseJsonLocated,
  parseTomlLocated,
  stringOf,
} from "../located.ts";
import { namesWithoutDependents, readSafely } from "../reading.ts";
import { normalizeName } from "./names.ts";

/**
 * Reads poetry.lock (all versions). The file does not say what is direct: a package that no other
 * one depends on counts as direct.
 */
export function readPoetryLock(text: string): Packages {
  return readSafely("pypi", text, { exact: true }, (collector) => {
    const root = parseTomlLocated(text);
    const tables = itemsOf(at(root, "package"));
    const direct = namesWithoutDependents(
      new Map(tables.map((table) => [nameOf(table), dependencyNames(at(table, "dependencies"))])),
    );
    for (const table of tables) {
      const name = nameOf(table);
      const files = itemsOf(at(table, "files"));
      const older = itemsOf(at(root, "metadata", "files", stringOf(at(table, "name")) ?? ""));
      const source = at(table, "source");
      const groups = itemsOf(at(table, "groups")).map(stringOf);
      collector.add({
        name,
        version: stringOf(at(table, "version")) ?? null,
        line: at(table, "name").line,
        direct: direct.has(name),
        dev:
          stringOf(at(table, "category")) === "dev" ||
          (groups.length > 0 && !groups.includes("main")),
        source: sourceOf(stringOf(at(source, "type")), stringOf(at(source, "url"))),
        integrity: hashesOf(files.length > 0 ? files : older),
      });
    }
  });
}

/** Reads uv.lock: the project's own packages (virtual, editable, workspace) say what is direct. */
export function readUvLock(text: string): Packages {
  return readSafely("pypi", text, { exact: true }, (collector) => {
    const tables = itemsOf(at(parseTomlLocated(text), "package"));
    const own = tables.filter((table) =>
      ["virtual", "editable", "directory"].some(
        (key) => at(table, "source", key).value !== undefined,
      ),
    );
    const direct = new Set(own.flatMap((table) => namesIn(at(table, "dependencies"))));
    const development = new Set(
      own.flatMap((table) =>
        entriesOf(at(table, "dev-dependencies")).flatMap(([, list]) => namesIn(list)),
      ),
    );
    for (const table of tables) {
      if (own.includes(table)) continue;
      const name = nameOf(table);
      const source = at(table, "source");
      const place = ["git", "url", "path"].map((key) => stringOf(at(source, key)));
      collector.add({
        name,
        version: stringOf(at(table, "version")) ?? null,
        line: at(table, "name").line,
        direct: direct.has(name) || development.has(name),
        dev: development.has(name) && !direct.has(name),
        source: place.find((part) => part !== undefined) ?? "registry",
        integrity: hashesOf([at(table, "sdist"), ...itemsOf(at(table, "wheels"))]),
      });
    }
  });
}

/** Reads pylock.toml (PEP 751). */
export function readPylock(text: string): Packages {
  return readSafely("pypi", text, { exact: true }, (collector) => {
    const tables = itemsOf(at(parseTomlLocated(text), "packages"));
    const direct = namesWithoutDependents(
      new Map(tables.map((table) => [nameOf(table), namesIn(at(table, "dependencies"))])),
    );
    for (const table of tables) {
      const archives = [at(table, "sdist"), at(table, "archive"), ...itemsOf(at(table, "wheels"))];
      const place = stringOf(at(table, "vcs", "url")) ?? stringOf(at(table, "directory", "path"));
      collector.add({
        name: nameOf(table),
        version: stringOf(at(table, "version")) ?? null,
        line: at(table, "name").line,
        direct: direct.has(nameOf(table)),
        source: place ?? stringOf(at(table, "archive", "url")) ?? "registry",
        integrity: hashesOf(archives),
      });
    }
  });
}

/** Reads Pipfile.lock. It flattens the graph, so that nothing in it is known to be direct. */
export function readPipfileLock(text: string): Packages {
  return readSafely("pypi", text, { exact: true }, (collector) => {
    const root = parseJsonLocated(text);
    for (const section of ["default", "develop"]) {
      for (const [name, entry] of entriesOf(at(root, section))) {
        const place = ["git", "file", "path"].map((key) => stringOf(at(entry, key)));
        const hashes = itemsOf(at(entry, "hashes")).flatMap((item) => stringOf(item) ?? []);
        collector.add({
          name: normalizeName(name),
          version: stringOf(at(entry, "version"))?.replace(/^==/, "") ?? null,
          line: entry.line,
          dev: section === "develop",
          source: place.find((part) => part !== undefined) ?? "registry",
          integrity: hashes.length === 0 ? null : hashes.toSorted().join(" "),
        });
      }
    }
  });
}

function nameOf(table: Located): string {
  return normalizeName(stringOf(at(table, "name")) ?? "");
}

function namesIn(list: Located): readonly string[] {
  return itemsOf(list).map(nameOf);
}

function dependencyNames(table: Located): readonly string[] {
  return entriesOf(table).map(([name]) => normalizeName(name));
}

function sourceOf(type: string | undefined, url: string | undefined): string {
  return type === undefined || type === "legacy" || type === "pypi" ? "registry" : (url ?? type);
}

function hashesOf(files: readonly Located[]): string | null {
  const hashes = files.flatMap((file) => {
    const table = entriesOf(at(file, "hashes")).map(
      ([name, hash]) => `${name}:${stringOf(hash) ?? ""}`,
    );
    return [...table, stringOf(at(file, "hash")) ?? []].flat();
  });
  return hashes.length === 0 ? null : hashes.toSorted().join(" ");
}
