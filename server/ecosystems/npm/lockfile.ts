import type { Node } from "jsonc-parser";

import type { LineIndex } from "../../core/line-index.ts";
import type { RepoPath } from "../../core/location.ts";
import { printable } from "../../core/printable.ts";
import type { Mistake, Package, Packages } from "../ecosystem.ts";
import { entriesOf, readJson, repeatedKeys, textOf, valueOf } from "./json.ts";
import { SECTIONS } from "./manifest.ts";
import { isPackageName, npmPurl, readSpec, withoutCredentials } from "./package-spec.ts";

const LIMITS = { length: 32 * 1024 * 1024, depth: 200 };
/** More packages than this are refused: the file is not read in part. */
const MOST_PACKAGES = 100_000;

/** Reads package-lock.json, versions 1 to 3, after the page of that name in npm's documentation. */
export function readLockfile(_path: RepoPath, text: string): Packages {
  const { root, lines, mistakes } = readJson(text, LIMITS);
  const packages = valueOf(root ?? undefined, "packages");
  const dependencies = valueOf(root ?? undefined, "dependencies");
  if (packages === undefined && dependencies === undefined) {
    const empty = root?.type === "object" && valueOf(root, "lockfileVersion") !== undefined;
    const message = "This is not a lock file of npm: it names no packages.";
    const all = mistakes.length > 0 || empty ? mistakes : [{ message, line: 1 }];
    return { packages: [], mistakes: all, provides: [] };
  }
  const found: Found = {
    packages: [],
    mistakes: [...mistakes, ...repeatedKeys(root ?? undefined, lines)],
  };
  if (packages === undefined) readTree(dependencies, lines, found);
  else readFlat(packages, lines, found);
  return { packages: found.packages, mistakes: found.mistakes, provides: [] };
}

interface Found {
  readonly packages: Package[];
  readonly mistakes: Mistake[];
}

/** Versions 2 and 3: a flat map from install path to package. */
function readFlat(node: Node, lines: LineIndex, found: Found): void {
  found.mistakes.push(...repeatedKeys(node, lines));
  const entries = entriesOf(node);
  const direct = directNames(
    entries.filter(({ key }) => !String(key.value).includes("node_modules/")),
  );
  for (const { key, value } of entries) {
    const path = String(key.value);
    const at = path.lastIndexOf("node_modules/");
    if (at === -1 || valueOf(value, "link")?.value === true) continue;
    const folder = path.slice(at + "node_modules/".length);
    const read = packageAt(folder, key, value, lines, found);
    if (read !== null) add(found, { ...read, direct: at === 0 && direct.has(folder) });
  }
}

/** Version 1: a tree of packages. It does not say which ones the project itself names. */
function readTree(root: Node | undefined, lines: LineIndex, found: Found): void {
  const open = [root];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    found.mistakes.push(...repeatedKeys(next, lines));
    for (const { key, value } of entriesOf(next)) {
      const read = packageAt(String(key.value), key, value, lines, found);
      if (read !== null) add(found, read);
      const below = valueOf(value, "dependencies");
      if (below !== undefined) open.push(below);
    }
  }
}

function directNames(owners: readonly { readonly value: Node }[]): ReadonlySet<unknown> {
  const sections = owners.flatMap(({ value }) =>
    [...SECTIONS.keys()].map((name) => valueOf(value, name)),
  );
  return new Set(sections.flatMap(entriesOf).map(({ key }) => key.value));
}

function packageAt(
  folder: string,
  key: Node,
  value: Node,
  lines: LineIndex,
  found: Found,
): Package | null {
  const line = lines.lineAt(key.offset);
  const version = textOf(valueOf(value, "version")) ?? null;
  // Version 1 writes an alias or a place where the version stands.
  const spec = readSpec(folder, version ?? "*");
  const name = textOf(valueOf(value, "name")) ?? spec.name;
  if (value.type !== "object" || !isPackageName(name) || !isPackageName(folder)) {
    found.mistakes.push({ message: `"${printable(folder)}" does not name a package.`, line });
    return null;
  }
  const exact = spec.source === "registry" ? spec.version : null;
  const resolved = textOf(valueOf(value, "resolved"));
  return {
    name,
    version: exact === "*" ? null : exact,
    purl: npmPurl(name, exact === "*" ? null : exact),
    ecosystem: "npm",
    line,
    direct: false,
    dev: valueOf(value, "dev")?.value === true || valueOf(value, "devOptional")?.value === true,
    source: sourceOf(spec.source, resolved),
    integrity: textOf(valueOf(value, "integrity")) ?? null,
    ...(name === folder ? {} : { alias: folder }),
  };
}

/** Tarballs at the path that registries use are from a registry, whichever host it has. */
function sourceOf(place: string, resolved: string | undefined): string {
  if (place !== "registry") return place;
  if (resolved === undefined || /^https?:\/\/[^?#]+\/-\/[^/]+\.tgz$/u.test(resolved))
    return "registry";
  return withoutCredentials(resolved);
}

function add(found: Found, read: Package): void {
  if (found.packages.length < MOST_PACKAGES) found.packages.push(read);
  else if (found.packages.length === MOST_PACKAGES && found.mistakes.length === 0) {
    found.mistakes.push({
      message: "The file names too many packages to be read.",
      line: read.line,
    });
  }
}
