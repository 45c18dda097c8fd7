import type { Ecosystem } from "../ecosystem.ts";
import { baseName, upwards } from "../reading.ts";
import { readGradleLock, readVersionCatalog } from "./gradle.ts";
import { readPom } from "./pom.ts";

/**
 * Java: Maven POMs, Gradle lock files and version catalogs. A class's package does not tell which
 * artifact it comes from, so that imports are not held against the manifest here.
 */
export const maven: Ecosystem = {
  name: "maven",
  isManifest: (path) => baseName(path) === "pom.xml" || path.endsWith(".versions.toml"),
  isLockfile: (path) => /(^|\/)(?:buildscript-)?gradle\.lockfile$/.test(path),
  isSource: () => false,
  readManifest: (path, text) =>
    baseName(path) === "pom.xml" ? readPom(text) : readVersionCatalog(text),
  readLockfile: (_path, text) => readGradleLock(text),
  readImports: () => [],
  manifestsFor: (path) => upwards(path, ["pom.xml", "gradle/libs.versions.toml"]),
};
