import type { RepoPath } from "../core/location.ts";

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
}

/** What a reader makes of a file. A mistake names its place; what was read before it is kept. */
export interface Packages {
  readonly packages: readonly Package[];
  readonly mistakes: readonly { readonly message: string; readonly line: number }[];
}

/** A package that code imports, and where. */
export interface Import {
  /** The package's name, without the path inside it. */
  readonly name: string;
  readonly line: number;
  readonly startColumn: number;
  readonly endColumn: number;
  /** Erased before the code runs, so that nothing needs to be installed at run time. */
  readonly typeOnly: boolean;
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
}
