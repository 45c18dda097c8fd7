import type { RepoPath } from "../../core/location.ts";
import type { Ecosystem, Import } from "../ecosystem.ts";
import { readImports } from "./imports.ts";
import { readLockfile } from "./lockfile.ts";
import { removePackage } from "./manifest-edit.ts";
import { readManifest } from "./manifest.ts";
import { isMapped, mappingsFor } from "./path-mapping.ts";

const SOURCE = /\.[cm]?[jt]sx?$/u;
const LOCKFILES = new Set(["package-lock.json", "npm-shrinkwrap.json"]);

/** npm and the package managers that share its manifest. */
export const npm: Ecosystem = {
  name: "npm",
  isManifest: (path) => baseName(path) === "package.json" && !isInstalled(path),
  isLockfile: (path) => LOCKFILES.has(baseName(path)) && !isInstalled(path),
  isSource: (path) => SOURCE.test(path) && !isInstalled(path),
  readManifest,
  readLockfile,
  readImports: (path, text) => readImports(path, text).imports,
  manifestsFor: (path) => upwards(path).map((folder) => `${folder}package.json`),
  declarations: {
    readSource: (path, text, parsers) => readImports(path, text, parsers?.script),
    namesFor,
    mappingsFor: (path) => upwards(path).flatMap(mappingsFor),
    isMapped: (path, specifier, read) =>
      upwards(path).some((folder) => isMapped(folder, specifier, read)),
  },
  removePackage,
};

/** Folders from a file's own up to the root, each with a slash at its end; the root is empty. */
function upwards(path: RepoPath): readonly string[] {
  const parts = path.split("/").slice(0, -1);
  return [...parts.keys(), parts.length].toReversed().map((count) =>
    parts
      .slice(0, count)
      .map((part) => `${part}/`)
      .join(""),
  );
}

function namesFor({ name, typeOnly }: Import): readonly string[] {
  // https://github.com/DefinitelyTyped/DefinitelyTyped#what-about-scoped-packages
  const types = `@types/${name.replace(/^@/u, "").replace("/", "__")}`;
  return typeOnly ? [name, types] : [name];
}

function baseName(path: RepoPath): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function isInstalled(path: RepoPath): boolean {
  return path.startsWith("node_modules/") || path.includes("/node_modules/");
}
