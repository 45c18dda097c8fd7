import type { Node } from "jsonc-parser";

import type { LineIndex } from "../../core/line-index.ts";
import type { RepoPath } from "../../core/location.ts";
import { printable } from "../../core/printable.ts";
import type { Mistake, Package, Packages } from "../ecosystem.ts";
import { entriesOf, readJson, repeatedKeys, textOf, valueOf } from "./json.ts";
import { isPackageName, npmPurl, readSpec } from "./package-spec.ts";

const LIMITS = { length: 1024 * 1024, depth: 64 };
/** More packages than this are no manifest that a person wrote. */
const MOST_PACKAGES = 5000;

/** The sections that name packages, and whether they are for development only. */
export const SECTIONS: ReadonlyMap<string, boolean> = new Map([
  ["dependencies", false],
  ["optionalDependencies", false],
  ["peerDependencies", false],
  ["devDependencies", true],
]);

/** Reads a package.json, after the page of that name in npm's documentation. */
export function readManifest(_path: RepoPath, text: string): Packages {
  const { root, lines, mistakes } = readJson(text, LIMITS);
  if (root?.type !== "object") {
    const message = "A package.json is an object.";
    return {
      packages: [],
      mistakes: mistakes.length > 0 ? mistakes : [{ message, line: 1 }],
      provides: [],
    };
  }
  const sections = [...SECTIONS].map(([name, dev]) =>
    readSection(name, valueOf(root, name), dev, lines),
  );
  const read = [...sections, readOverrides(root, lines)];
  const packages = read.flatMap((each) => each.packages);
  const tooMany = { message: "The file names too many packages to be read.", line: 1 };
  return {
    packages: packages.slice(0, MOST_PACKAGES),
    mistakes: [
      ...mistakes,
      ...repeatedKeys(root, lines),
      ...read.flatMap((each) => each.mistakes),
      ...(packages.length > MOST_PACKAGES ? [tooMany] : []),
    ],
    provides: providedBy(root),
  };
}

type Section = Pick<Packages, "packages" | "mistakes">;

function readSection(
  name: string,
  node: Node | undefined,
  dev: boolean,
  lines: LineIndex,
): Section {
  if (node === undefined) return { packages: [], mistakes: [] };
  const line = lines.lineAt(node.offset);
  if (node.type !== "object") {
    return { packages: [], mistakes: [{ message: `"${name}" is not a map of packages.`, line }] };
  }
  const packages: Package[] = [];
  const mistakes: Mistake[] = [...repeatedKeys(node, lines)];
  for (const { key, value } of entriesOf(node)) {
    const at = lines.lineAt(key.offset);
    const spec = textOf(value);
    const read = spec === undefined ? null : packageOf(String(key.value), spec, at, dev);
    if (read !== null) packages.push(read);
    else {
      const shown = printable(String(key.value));
      mistakes.push({
        message: `"${shown}" in "${name}" does not name a package and a version.`,
        line: at,
      });
    }
  }
  return { packages, mistakes };
}

function packageOf(key: string, spec: string, line: number, dev: boolean): Package | null {
  const { name, version, source } = readSpec(key, spec);
  if (!isPackageName(name) || !isPackageName(key)) return null;
  return {
    name,
    version,
    purl: npmPurl(name, null),
    ecosystem: "npm",
    line,
    direct: true,
    dev,
    source,
    integrity: null,
    ...(name === key ? {} : { alias: key }),
  };
}

/** Overrides add no package unless they put another one, or another place, in a package's stead. */
function readOverrides(root: Node, lines: LineIndex): Section {
  const open = [
    valueOf(root, "overrides"),
    valueOf(root, "resolutions"),
    valueOf(valueOf(root, "pnpm"), "overrides"),
  ];
  const packages: Package[] = [];
  const mistakes: Mistake[] = [];
  for (let node = open.pop(); node !== undefined || open.length > 0; node = open.pop()) {
    mistakes.push(...repeatedKeys(node, lines));
    for (const { key, value } of entriesOf(node)) {
      const spec = textOf(value);
      if (spec === undefined) open.push(value);
      else if (!spec.startsWith("$")) {
        const target = overriddenName(String(key.value));
        const read = packageOf(target, spec, lines.lineAt(key.offset), false);
        const replaces = read !== null && (read.alias !== undefined || read.source !== "registry");
        if (replaces) packages.push({ ...read, direct: false });
      }
    }
  }
  return { packages, mistakes };
}

// pnpm writes a>b@1 and yarn **/a: the last package of the chain is the one meant.
function overriddenName(key: string): string {
  const last = key.split(">").at(-1)?.trim() ?? key;
  const parts = last.split("/");
  const scoped = parts.at(-2)?.startsWith("@") === true;
  const name = parts.slice(scoped ? -2 : -1).join("/");
  const at = name.indexOf("@", 1);
  return at === -1 ? name : name.slice(0, at);
}

/** The project's own name (self reference), and the module that an editor gives to its extensions. */
function providedBy(root: Node): readonly string[] {
  const name = textOf(valueOf(root, "name"));
  const extension = valueOf(valueOf(root, "engines"), "vscode") !== undefined;
  return [...(name === undefined ? [] : [name]), ...(extension ? ["vscode"] : [])];
}
