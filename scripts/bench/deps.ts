import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { CLI, median, type Row, runNode, withFolder } from "./measure.ts";

/** `deps diff` of two npm lock files with 5,000 packages, 250 of which moved. */
export function benchDeps(rounds = 5): Promise<readonly Row[]> {
  return withFolder(async (folder) => {
    const [before, after] = [0, 1].map((moved) => {
      const file = join(folder, String(moved), "package-lock.json");
      mkdirSync(join(folder, String(moved)));
      writeFileSync(file, lockFile(moved));
      return file;
    });
    const times: number[] = [];
    for (let round = -1; round < rounds; round += 1) {
      const { wallMs, code } = await runNode([
        CLI,
        "deps",
        "diff",
        before ?? "",
        after ?? "",
        "--format",
        "json",
      ]);
      if (code !== 0) throw new Error(`deps diff ended with ${code}.`);
      if (round >= 0) times.push(wallMs);
    }
    return [
      {
        what: "deps diff of 5,000-package lock files, median",
        measured: median(times),
        unit: "ms",
        budget: null,
      },
    ];
  });
}

function lockFile(moved: number): string {
  const packages: Record<string, unknown> = { "": { name: "bench", version: "1.0.0" } };
  for (let index = 0; index < 5000; index += 1) {
    const version = `1.${index % 20 === 0 ? moved : 0}.0`;
    const digest = createHash("sha512").update(`${index}@${version}`).digest("base64");
    packages[`node_modules/package-${index}`] = {
      version,
      resolved: `https://registry.example/package-${index}/-/package-${index}-${version}.tgz`,
      integrity: `sha512-${digest}`,
    };
  }
  return JSON.stringify({ name: "bench", version: "1.0.0", lockfileVersion: 3, packages }, null, 2);
}
