import type { RepoPath } from "../core/location.ts";
import type { ParsedScript } from "./npm/syntax.ts";

/** A package that a manifest or lock file names. */
export interface Package {
  readonly name: string;
  /** The exact version in a lock file; the declared range in a manifest; null where neither is given. */
  readonly version: string | null;
  /** Package URL (purl-spec), with a version only where it is exact. */
  readonly purl: string;
  readonly ecosystem: string;
  /** Line of the file that names it, counted from 1. */
  readonly line: number;
  /** Named by the project itself rather than by one of its dependencies. */
  readonly direct: boolean;
  readonly dev: boolean;
  /** `registry`, or where else it comes from: a git or tarball URL, a path. */
  readonly source: string;
  /** Subresource integrity or hash as the file gives it. */
  readonly integrity: string | null;
  /** The name that code imports it by, where that is not its own. */
  readonly alias?: string;
}

/** A mistake in a file, at its line. */
export interface Mistake {
  readonly message: string;
  readonly line: number;
}

/** What a reader makes of a file. A mistake names its place; what was read before it is kept. */
export interface Packages {
  readonly packages: readonly Package[];
  readonly mistakes: readonly Mistake[];
  /** What code may import although no package is named for it: the project's own name, the host's modules. */
  readonly provides?: readonly string[];
}

/** A package that code imports, and where. */
export interface Import {
  /** The package's name, without the path inside it. */
  readonly name: string;
  /** All that the code gives, path inside the package included, where that is more than the name. */
  readonly specifier?: string;
  readonly line: number;
  readonly startColumn: number;
  readonly endColumn: number;
  /** Erased before the code runs, so that nothing needs to be installed at run time. */
  readonly typeOnly: boolean;
}

/** What a source file imports. A file that does not parse is a mistake, not an empty list. */
export interface Imports {
  readonly imports: readonly Import[];
  readonly mistakes: readonly Mistake[];
}

/** A piece of text to be replaced, by offsets in UTF-16 units. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly newText: string;
}

/**
 * One package ecosystem. Pure: text in, records out; hostile input gives mistakes, never a throw,
 * a hang or unbounded memory. docs/adding-an-ecosystem.md tells how to add one.
 */
export interface Ecosystem {
  /** The purl type: `npm`, `pypi`, `golang`, `cargo`, `maven`. */
  readonly name: string;
  readonly isManifest: (path: RepoPath) => boolean;
  readonly isLockfile: (path: RepoPath) => boolean;
  readonly isSource: (path: RepoPath) => boolean;
  readonly readManifest: (path: RepoPath, text: string) => Packages;
  readonly readLockfile: (path: RepoPath, text: string) => Packages;
  /** Packages that a source file imports; relative, absolute and built-in ones are left out. */
  readonly readImports: (path: RepoPath, text: string) => readonly Import[];
  /** Manifests that may declare the imports of a source file, nearest first, ending at the root. */
  readonly manifestsFor: (path: RepoPath) => readonly RepoPath[];
  /** What it takes to hold imports against manifests; left out where the two do not share names. */
  readonly declarations?: Declarations;
  /** How to take a package out of a manifest again; null where that is not a plain edit. */
  readonly removePackage?: (text: string, named: Package) => readonly TextEdit[] | null;
}

/** How an ecosystem tells a declared import from an undeclared one. */
export interface Declarations {
  /** As readImports, with the reason where a file could not be read. `parsers` share what others have parsed. */
  readonly readSource: (path: RepoPath, text: string, parsers?: Parsers) => Imports;
  /** Names under which a declared package satisfies an import: its own, and its types' for what is erased. */
  readonly namesFor: (imported: Import) => readonly string[];
  /** Files that may map the imports of a source file to files of the project. */
  readonly mappingsFor: (path: RepoPath) => readonly RepoPath[];
  /** Whether such a file maps an import to a file of the project. `read` gives a file's text, null where there is none. */
  readonly isMapped: (
    path: RepoPath,
    specifier: string,
    read: (path: RepoPath) => string | null,
  ) => boolean;
}

/** Parsers that keep what they have parsed, so that those who read the same file share one tree. */
export interface Parsers {
  readonly script: (path: RepoPath, text: string) => ParsedScript;
}
