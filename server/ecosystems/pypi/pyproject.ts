import type { Packages } from "../ecosystem.ts";
import { at, entriesOf, itemsOf, type Located, parseTomlLocated, stringOf } from "../located.ts";
import { type PackageCollector, readSafely } from "../reading.ts";
import { normalizeName, parseRequirement, pinnedVersion } from "./names.ts";

/** Reads pyproject.toml: PEP 621 and 735 tables, build requirements, Poetry's and uv's own. */
export function readPyproject(text: string): Packages {
  return readSafely("pypi", text, { exact: false }, (collector) => {
    const root = parseTomlLocated(text);
    addRequirements(collector, at(root, "project", "dependencies"), false);
    for (const [, list] of entriesOf(at(root, "project", "optional-dependencies"))) {
      addRequirements(collector, list, false);
    }
    for (const [, list] of entriesOf(at(root, "dependency-groups"))) {
      addRequirements(collector, list, true);
    }
    addRequirements(collector, at(root, "build-system", "requires"), true);
    addRequirements(collector, at(root, "tool", "uv", "dev-dependencies"), true);
    const poetry = at(root, "tool", "poetry");
    addTable(collector, at(poetry, "dependencies"), false);
    addTable(collector, at(poetry, "dev-dependencies"), true);
    for (const [, group] of entriesOf(at(poetry, "group"))) {
      addTable(collector, at(group, "dependencies"), true);
    }
  });
}

/** Reads a Pipfile. */
export function readPipfile(text: string): Packages {
  return readSafely("pypi", text, { exact: false }, (collector) => {
    const root = parseTomlLocated(text);
    addTable(collector, at(root, "packages"), false);
    addTable(collector, at(root, "dev-packages"), true);
  });
}

function addRequirements(collector: PackageCollector, list: Located, dev: boolean): void {
  for (const item of itemsOf(list)) {
    const text = stringOf(item);
    if (text === undefined) continue;
    const requirement = parseRequirement(text);
    if (!requirement) {
      collector.mistake(`"${text}" is not a requirement (PEP 508).`, item.line);
      continue;
    }
    collector.add({
      name: normalizeName(requirement.name),
      version: requirement.specifiers === "" ? null : requirement.specifiers,
      pinned: pinnedVersion(requirement.specifiers),
      line: item.line,
      direct: true,
      dev,
      source: requirement.url ?? "registry",
    });
  }
}

/** Poetry and Pipenv: a table from names to a version or a table of options. */
function addTable(collector: PackageCollector, table: Located, dev: boolean): void {
  for (const [name, value] of entriesOf(table)) {
    if (name.toLowerCase() === "python") continue;
    const options = value.items?.[0] ?? value;
    const version = stringOf(value) ?? stringOf(at(options, "version")) ?? null;
    const source = ["git", "url", "path", "file"].map((key) => stringOf(at(options, key)));
    collector.add({
      name: normalizeName(name),
      version: version === "*" ? null : version,
      line: value.line,
      direct: true,
      dev: dev || at(options, "optional").value === "dev",
      source: source.find((place) => place !== undefined) ?? "registry",
    });
  }
}
