import type { Ecosystem, Packages } from "../ecosystem.ts";
import { baseName, upwards } from "../reading.ts";
import { readSafely } from "../reading.ts";

/**
 * Reads Gemfile.lock: specs by source (GEM, GIT, PATH, PLUGIN SOURCE), DEPENDENCIES for what is
 * direct, CHECKSUMS where Bundler wrote them.
 */
export function readGemfileLock(text: string): Packages {
  return readSafely("gem", text, { exact: true }, (collector) => {
    const lines = text.split(/\r?\n/);
    const direct = new Set<string>();
    const checksums = new Map<string, string>();
    let section = "";
    for (const line of lines) {
      if (/^\S/.test(line)) section = line.trim();
      const dependency = /^ {2}([\w.-]{1,200})(!)?(?: \(|$|!)/.exec(line)?.[1];
      if (section === "DEPENDENCIES" && dependency) direct.add(dependency);
      const sum = /^ {2}([\w.-]{1,200}) \(([^)]{1,200})\) (\S{1,300})$/.exec(line);
      if (section === "CHECKSUMS" && sum) checksums.set(`${sum[1]} ${sum[2]}`, sum[3] ?? "");
    }
    let source = "registry";
    for (const [index, line] of lines.entries()) {
      if (/^\S/.test(line)) {
        section = line.trim();
        source = "registry";
      }
      const remote = /^ {2}remote: (\S{1,2000})$/.exec(line)?.[1];
      if (remote && section !== "GEM") source = remote;
      const spec = /^ {4}([\w.-]{1,200}) \(([^)]{1,200})\)$/.exec(line);
      if (!spec || !["GEM", "GIT", "PATH", "PLUGIN SOURCE"].includes(section)) continue;
      const [, name = "", version = ""] = spec;
      const integrity = checksums.get(`${name} ${version}`) ?? null;
      collector.add({
        name,
        version,
        line: index + 1,
        direct: direct.has(name),
        source,
        integrity,
      });
    }
  });
}

/** Reads the plain `gem "name", "version"` lines of a Gemfile; Ruby code is not executed. */
export function readGemfile(text: string): Packages {
  return readSafely("gem", text, { exact: false }, (collector) => {
    let dev = false;
    for (const [index, raw] of text.split(/\r?\n/).entries()) {
      const line = raw.trim();
      if (/^group\b/.test(line)) dev = /:(?:test|development)\b/.test(line);
      else if (line === "end") dev = false;
      const match = /^gem\s{1,20}["']([\w.-]{1,200})["'](.{0,2000})$/.exec(line);
      if (!match?.[1]) continue;
      const rest = match[2] ?? "";
      const version = /^\s{0,20},\s{0,20}["']([^"']{1,200})["']/.exec(rest)?.[1] ?? null;
      const place = /(?:git|github|path):\s{0,20}["']([^"']{1,1000})["']/.exec(rest)?.[1];
      collector.add({
        name: match[1],
        version,
        line: index + 1,
        direct: true,
        dev: dev || /group:\s{0,20}\[?:(?:test|development)/.test(rest),
        source: place ?? "registry",
      });
    }
  });
}

/** Ruby gems. */
export const gem: Ecosystem = {
  name: "gem",
  isManifest: (path) => ["Gemfile", "gems.rb"].includes(baseName(path)),
  isLockfile: (path) => ["Gemfile.lock", "gems.locked"].includes(baseName(path)),
  isSource: () => false,
  readManifest: (_path, text) => readGemfile(text),
  readLockfile: (_path, text) => readGemfileLock(text),
  readImports: () => [],
  manifestsFor: (path) => upwards(path, ["Gemfile"]),
};
