import type { Packages } from "../ecosystem.ts";
import { at, entriesOf, parseTomlLocated, stringOf } from "../located.ts";
import { readSafely } from "../reading.ts";

/** Reads gradle.lockfile: `group:artifact:version=configurations`, one a line. */
export function readGradleLock(text: string): Packages {
  return readSafely("maven", text, { exact: true }, (collector) => {
    for (const [index, raw] of text.split("\n").entries()) {
      const line = raw.trim();
      if (line === "" || line.startsWith("#") || line.startsWith("empty=")) continue;
      const match = /^([^:=\s]{1,300}):([^:=\s]{1,300}):([^:=\s]{1,200})=(\S{0,4000})$/.exec(line);
      if (!match) {
        collector.mistake(
          "A line of gradle.lockfile is group:artifact:version=configurations.",
          index + 1,
        );
        continue;
      }
      const configurations = (match[4] ?? "").split(",");
      collector.add({
        name: `${match[1]}:${match[2]}`,
        version: match[3] ?? null,
        line: index + 1,
        dev: configurations.every((name) => /^test|Test/.test(name)),
      });
    }
  });
}

/** Reads a Gradle version catalog (libs.versions.toml): libraries and plugins, with version references. */
export function readVersionCatalog(text: string): Packages {
  return readSafely("maven", text, { exact: false }, (collector) => {
    const root = parseTomlLocated(text);
    for (const section of ["libraries", "plugins"]) {
      for (const [, entry] of entriesOf(at(root, section))) {
        const parts = (stringOf(entry) ?? "").split(":");
        const id = stringOf(at(entry, "id")) ?? (section === "plugins" ? parts[0] : undefined);
        const [group, artifact] = id
          ? [id, `${id}.gradle.plugin`]
          : (stringOf(at(entry, "module"))?.split(":") ?? [
              stringOf(at(entry, "group")) ?? parts[0],
              stringOf(at(entry, "name")) ?? parts[1],
            ]);
        if (!group || !artifact) {
          collector.mistake("An entry of the catalog needs a group and a name.", entry.line);
          continue;
        }
        const reference = stringOf(at(entry, "version", "ref"));
        const version =
          (reference === undefined
            ? stringOf(at(entry, "version"))
            : stringOf(at(root, "versions", reference))) ??
          parts[id ? 1 : 2] ??
          null;
        collector.add({
          name: `${group}:${artifact}`,
          version,
          pinned: version !== null && /^[\w.+-]{1,200}$/.test(version) ? version : null,
          line: entry.line,
          direct: true,
          dev: section === "plugins",
        });
      }
    }
  });
}
