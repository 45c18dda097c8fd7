import { PackageURL } from "packageurl-js";

/** What a manifest's `"name": "spec"` asks for. */
export interface PackageSpec {
  /** The package's own name, behind any alias. */
  readonly name: string;
  /** The range or tag; null where the spec is a place and not a version. */
  readonly version: string | null;
  /** `registry`, or a git or tarball URL, or a path. Without credentials. */
  readonly source: string;
}

const NAME = /^(?:@[\w.~-]+\/)?[\w.~-]+$/u;
/** The limit that npm sets; older names are not longer either. */
const LONGEST_NAME = 214;
const ALIAS = /^npm:(?<name>@?[^@]+)(?:@(?<range>.*))?$/u;
const PLACE =
  /^(?:file|link|portal|workspace|git|git\+\w+|github|gitlab|bitbucket|gist|https?|jsr):/u;
const SHORTHAND = /^[\w.-]+\/[\w.-]+(?:#.*)?$/u;
const PATH = /^(?:\.{0,2}\/|~\/|\.{1,2}$)/u;
const SCP = /^[\w.-]+@[\w.-]+:/u;

/** Reads the spec of a dependency. What cannot be told apart is taken for a version, as npm does. */
export function readSpec(key: string, spec: string): PackageSpec {
  const text = spec.trim();
  const alias = ALIAS.exec(text)?.groups;
  if (alias?.["name"] !== undefined) {
    return { name: alias["name"], version: alias["range"] ?? "*", source: "registry" };
  }
  // pnpm and bun keep the range elsewhere in the workspace; the lock file says what it comes to.
  if (text.startsWith("catalog:")) return { name: key, version: null, source: "registry" };
  if (PLACE.test(text) || SCP.test(text) || PATH.test(text)) {
    return { name: key, version: null, source: withoutCredentials(text) };
  }
  if (SHORTHAND.test(text)) return { name: key, version: null, source: `github:${text}` };
  return { name: key, version: text, source: "registry" };
}

/** Whether a text can be the name of a package. */
export function isPackageName(text: string): boolean {
  return text.length <= LONGEST_NAME && NAME.test(text) && !/^[._]/u.test(text);
}

/** The package URL of an npm package; the version only where it is exact. */
export function npmPurl(name: string, version: string | null): string {
  const [scope, bare] = name.startsWith("@") ? name.split("/", 2) : [undefined, name];
  return new PackageURL(
    "npm",
    scope,
    bare ?? name,
    version ?? undefined,
    undefined,
    undefined,
  ).toString();
}

/** A place with the user name and password cut out of it. */
export function withoutCredentials(place: string): string {
  return place.replace(/(?<=\/\/)[^/@\s]*@/u, "");
}
