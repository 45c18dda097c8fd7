import type { RepoPath } from "../../core/location.ts";
import type { Ecosystem, Import, Packages } from "../ecosystem.ts";
import { readBunLock } from "./bun-lock.ts";
import { readImports } from "./imports.ts";
import { readLockfile } from "./lockfile.ts";
import { removePackage } from "./manifest-edit.ts";
import { readManifest } from "./manifest.ts";
import { isMapped, mappingsFor } from "./path-mapping.ts";
import { readPnpmLock } from "./pnpm-lock.ts";
import { readYarnLock } from "./yarn-lock.ts";

const SOURCE = /\.[cm]?[jt]sx?$/u;
const LOCKFILES: Readonly<Record<string, Ecosystem["readLockfile"]>> = {
  "package-lock.json": readLockfile,
  "npm-shrinkwrap.json": readLockfile,
  "yarn.lock": (_, text) => readYarnLock(text),
  "pnpm-lock.yaml": (_, text) => readPnpmLock(text),
  "bun.lock": (_, text) => readBunLock(text),
  "bun.lockb": () => unreadable("This form of bun's lock file is not read: keep bun.lock."),
};

/** npm and the package managers that share its manifest. */
export const npm: Ecosystem = {
  name: "npm",
  isManifest: (path) => baseName(path) === "package.json" && !isInstalled(path),
  isLockfile: (path) => Object.hasOwn(LOCKFILES, baseName(path)) && !isInstalled(path),
  isSource: (path) => SOURCE.test(path) && !isInstalled(path),
  readManifest,
  readLockfile: (path, text) =>
    LOCKFILES[baseName(path)]?.(path, text) ?? unreadable("This is no lock file that is known."),
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

function unreadable(message: string): Packages {
  return { packages: [], mistakes: [{ message, line: 1 }], provides: [] };
}

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
