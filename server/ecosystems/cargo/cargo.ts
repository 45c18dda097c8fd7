import type { Ecosystem } from "../ecosystem.ts";
import { baseName, upwards } from "../reading.ts";
import { readCargoLock, readCargoToml } from "./cargo-files.ts";
import { readRustImports } from "./imports.ts";

/** Rust crates. Import names have `-` where the code has `_`; the registry treats the two as one name. */
export const cargo: Ecosystem = {
  name: "cargo",
  isManifest: (path) => baseName(path) === "Cargo.toml",
  isLockfile: (path) => baseName(path) === "Cargo.lock",
  isSource: (path) => path.endsWith(".rs"),
  readManifest: (_path, text) => readCargoToml(text),
  readLockfile: (_path, text) => readCargoLock(text),
  readImports: (_path, text) => readRustImports(text),
  manifestsFor: (path) => upwards(path, ["Cargo.toml"]),
};
