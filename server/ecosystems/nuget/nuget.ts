import type { Ecosystem, Packages } from "../ecosystem.ts";
import { at, entriesOf, parseJsonLocated, stringOf } from "../located.ts";
import { baseName, readSafely } from "../reading.ts";

/** Reads NuGet's packages.lock.json (versions 1 and 2), each package once for all frameworks. */
export function readNugetLock(text: string): Packages {
  return readSafely("nuget", text, { exact: true }, (collector) => {
    const seen = new Set<string>();
    for (const [, framework] of entriesOf(at(parseJsonLocated(text), "dependencies"))) {
      for (const [name, entry] of entriesOf(framework)) {
        const type = stringOf(at(entry, "type"));
        const version = stringOf(at(entry, "resolved")) ?? null;
        const key = `${name.toLowerCase()} ${version}`;
        if (type === "Project" || seen.has(key)) continue;
        seen.add(key);
        const integrity = stringOf(at(entry, "contentHash")) ?? null;
        collector.add({ name, version, line: entry.line, direct: type === "Direct", integrity });
      }
    }
  });
}

/** .NET packages, from lock files. */
export const nuget: Ecosystem = {
  name: "nuget",
  isManifest: () => false,
  isLockfile: (path) => baseName(path) === "packages.lock.json",
  isSource: () => false,
  readManifest: () => ({ packages: [], mistakes: [] }),
  readLockfile: (_path, text) => readNugetLock(text),
  readImports: () => [],
  manifestsFor: () => [],
};
