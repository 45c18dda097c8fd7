import type { Ecosystem } from "../ecosystem.ts";
import { baseName, upwards } from "../reading.ts";
import { readGoMod, readGoSum } from "./go-mod.ts";
import { readGoImports } from "./imports.ts";

/** Go modules. go.mod names exact versions, so it is both manifest and lock; go.sum adds the hashes. */
export const golang: Ecosystem = {
  name: "golang",
  isManifest: (path) => baseName(path) === "go.mod",
  isLockfile: (path) => ["go.sum", "go.work.sum"].includes(baseName(path)),
  isSource: (path) => path.endsWith(".go"),
  readManifest: (_path, text) => readGoMod(text),
  readLockfile: (_path, text) => readGoSum(text),
  readImports: (_path, text) => readGoImports(text),
  manifestsFor: (path) => upwards(path, ["go.mod"]),
};
