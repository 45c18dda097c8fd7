import { PackageURL } from "packageurl-js";

import { printable } from "../core/printable.ts";
import type { Package, Packages } from "./ecosystem.ts";
import { SyntaxMistake } from "./located.ts";

/** Largest manifest or lock file that is read, in UTF-16 units. */
const LARGEST = 32 * 1024 * 1024;

type Mistake = Packages["mistakes"][number];

/** What a reader fills in; the rest follows from it. */
export interface PackageDraft {
  readonly name: string;
  /** Exact in a lock file, a range in a manifest. */
  readonly version: string | null;
  /** The one version that a manifest's range allows, where there is only one. */
  readonly pinned?: string | null;
  readonly line: number;
  readonly direct?: boolean;
  readonly dev?: boolean;
  readonly source?: string;
  readonly integrity?: string | null;
}

/** Collects the packages and mistakes of one file. */
export interface PackageCollector {
  add(draft: PackageDraft): void;
  mistake(message: string, line: number): void;
}

/**
 * Runs a reader so that nothing it meets is thrown: what cannot be read becomes a mistake at its
 * line, and what was read before it is kept. `exact` says whether versions go into the purl.
 */
export function readSafely(
  ecosystem: string,
  text: string,
  { exact }: { readonly exact: boolean },
  read: (collector: PackageCollector) => void,
): Packages {
  const packages: Package[] = [];
  const mistakes: Mistake[] = [];
  const mistake = (message: string, line: number): void => {
    mistakes.push({ message: printable(message), line: Math.max(1, Math.trunc(line) || 1) });
  };
  if (text.length > LARGEST) {
    mistake("The file is larger than 32 MiB and was not read.", 1);
    return { packages, mistakes };
  }
  try {
    read({
      mistake,
      add: (draft) => {
        const made = packageOf(ecosystem, draft, exact);
        if (made) packages.push(made);
        else mistake(`"${draft.name}" is not a package name.`, draft.line);
      },
    });
  } catch (error) {
    if (error instanceof SyntaxMistake) mistake(error.message, error.line);
    else if (error instanceof RangeError) mistake("The file is nested too deeply.", 1);
    else mistake(`The file could not be read: ${String(error)}`, 1);
  }
  return { packages, mistakes };
}

function packageOf(ecosystem: string, draft: PackageDraft, exact: boolean): Package | null {
  const purl = purlOf(ecosystem, draft.name, exact ? draft.version : (draft.pinned ?? null));
  if (purl === null) return null;
  return {
    name: draft.name,
    version: draft.version,
    purl,
    ecosystem,
    line: Math.max(1, draft.line),
    direct: draft.direct ?? false,
    dev: draft.dev ?? false,
    source: draft.source ?? "registry",
    integrity: draft.integrity ?? null,
  };
}

/**
 * The package URL (purl-spec) of a name as its ecosystem writes it; null where the name cannot be one.
 * What stands before the last `/` (for Maven, the `:`) is the namespace.
 */
export function purlOf(ecosystem: string, name: string, version: string | null): string | null {
  const separator = ecosystem === "maven" ? ":" : "/";
  const cut = name.lastIndexOf(separator);
  const namespace = cut === -1 ? null : name.slice(0, cut);
  const base = name.slice(cut + 1);
  if (base === "" || namespace === "") return null;
  try {
    return new PackageURL(ecosystem, namespace, base, version, null, null).toString();
  } catch {
    return null;
  }
}

/** Names that nothing else of the same lock file depends on: what a lock file without roots implies is direct. */
export function namesWithoutDependents(
  edges: ReadonlyMap<string, readonly string[]>,
): ReadonlySet<string> {
  const wanted = new Set([...edges.values()].flat());
  return new Set([...edges.keys()].filter((name) => !wanted.has(name)));
}

/** Paths from a file's folder up to the root, each with `name` in it: where a manifest may stand. */
export function upwards(path: string, names: readonly string[]): readonly string[] {
  const folders = path.split("/").slice(0, -1);
  const found: string[] = [];
  for (let depth = folders.length; depth >= 0; depth -= 1) {
    const folder = folders
      .slice(0, depth)
      .map((part) => `${part}/`)
      .join("");
    for (const name of names) found.push(`${folder}${name}`);
  }
  return found;
}

/** The last part of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
