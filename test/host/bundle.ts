import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";

import { rolldown } from "rolldown";

import { repositoryRoot } from "../../scripts/setup/directories.ts";

/** Bundles a suite's tests as the CommonJS that the extension host loads; gives the module with `run()`. */
export async function bundleSuite(suite: string): Promise<string> {
  const source = join(repositoryRoot, "test", "host", suite);
  const output = join(repositoryRoot, ".vscode-test", "suites", suite);
  await rm(output, { recursive: true, force: true });
  const files = existsSync(source) ? await readdir(source) : [];
  const tests = files.filter((name) => name.endsWith(".test.ts"));
  const bundle = await rolldown({
    input: {
      "run-mocha": join(repositoryRoot, "test", "host", "run-mocha.ts"),
      ...Object.fromEntries(tests.map((name) => [name.slice(0, -3), join(source, name)])),
    },
    platform: "node",
    external: ["vscode", "mocha"],
    transform: { target: "node22" },
  });
  await bundle.write({
    dir: output,
    format: "cjs",
    entryFileNames: "[name].cjs",
    chunkFileNames: "[name]-[hash].cjs",
    sourcemap: "inline",
  });
  await bundle.close();
  return join(output, "run-mocha.cjs");
}
