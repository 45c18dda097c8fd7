import type { Ecosystem, Packages } from "../ecosystem.ts";
import { at, entriesOf, itemsOf, type Located, parseJsonLocated, stringOf } from "../located.ts";
import { baseName, namesWithoutDependents, readSafely, upwards } from "../reading.ts";

const SECTIONS = [
  ["packages", "require", false],
  ["packages-dev", "require-dev", true],
] as const;

/**
 * Reads composer.lock. The file does not say what is direct: a package that no other one requires
 * counts as direct.
 */
export function readComposerLock(text: string): Packages {
  return readSafely("composer", text, { exact: true }, (collector) => {
    const root = parseJsonLocated(text);
    const all = SECTIONS.flatMap(([section]) => itemsOf(at(root, section)));
    const direct = namesWithoutDependents(
      new Map(
        all.map((entry) => [nameOf(entry), entriesOf(at(entry, "require")).map(([name]) => name)]),
      ),
    );
    for (const [section, , dev] of SECTIONS) {
      for (const entry of itemsOf(at(root, section))) {
        const type = stringOf(at(entry, "dist", "type"));
        const source = stringOf(at(entry, "source", "url"));
        const sum = stringOf(at(entry, "dist", "shasum"));
        collector.add({
          name: nameOf(entry),
          version: stringOf(at(entry, "version")) ?? null,
          line: at(entry, "name").line,
          direct: direct.has(nameOf(entry)),
          dev,
          source: type === "zip" || type === "tar" ? "registry" : (source ?? type ?? "registry"),
          integrity: sum === undefined || sum === "" ? null : `sha1:${sum}`,
        });
      }
    }
  });
}

/** Reads composer.json; platform requirements such as `php` and `ext-json` are not packages. */
export function readComposerJson(text: string): Packages {
  return readSafely("composer", text, { exact: false }, (collector) => {
    const root = parseJsonLocated(text);
    for (const [, section, dev] of SECTIONS) {
      for (const [name, value] of entriesOf(at(root, section))) {
        if (!name.includes("/")) continue;
        collector.add({
          name,
          version: stringOf(value) ?? null,
          line: value.line,
          direct: true,
          dev,
        });
      }
    }
  });
}

function nameOf(entry: Located): string {
  return stringOf(at(entry, "name")) ?? "";
}

/** PHP packages. */
export const composer: Ecosystem = {
  name: "composer",
  isManifest: (path) => baseName(path) === "composer.json",
  isLockfile: (path) => baseName(path) === "composer.lock",
  isSource: () => false,
  readManifest: (_path, text) => readComposerJson(text),
  readLockfile: (_path, text) => readComposerLock(text),
  readImports: () => [],
  manifestsFor: (path) => upwards(path, ["composer.json"]),
};
