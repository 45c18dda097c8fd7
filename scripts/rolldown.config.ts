import { readdirSync, readFileSync } from "node:fs";

import { defineConfig } from "rolldown";

const shared = {
  platform: "node" as const,
  // Its UMD entry loads its parts by names that a bundler cannot see.
  resolve: { alias: { "jsonc-parser": "jsonc-parser/lib/esm/main.js" } },
  external: ["vscode", "cpu-features", "rolldown", /\/Release\/[^/]+\.node$/],
  transform: { target: "node22" },
};

/** What the server reads at run time lies beside the bundle: image recipes, and the probe as it is. */
const readAtRunTime = {
  name: "read-at-run-time",
  generateBundle(this: {
    emitFile: (file: { type: "asset"; fileName: string; source: string }) => unknown;
  }): void {
    this.emitFile({
      type: "asset",
      fileName: "node-probe.cjs",
      source: readFileSync("server/adapters/docker/probe/node-probe.cjs", "utf8"),
    });
    for (const name of readdirSync("server/images"))
      this.emitFile({
        type: "asset",
        fileName: `images/${name}`,
        source: readFileSync(`server/images/${name}`, "utf8"),
      });
  },
};

/** A program that goes into a container by itself: one file, which needs nothing but Node. */
const inContainer = (name: string, input: string) => ({
  ...shared,
  input: { [name]: input },
  output: { dir: "dist", format: "cjs" as const, entryFileNames: "[name].cjs", minify: true },
});

/** The extension host's half, the language server, the command line, and what runs in containers. */
export default defineConfig([
  {
    ...shared,
    input: { extension: "extension/extension.ts" },
    output: {
      dir: "dist",
      format: "cjs",
      entryFileNames: "[name].cjs",
      chunkFileNames: "[name]-[hash].cjs",
      minify: true,
      sourcemap: true,
    },
  },
  {
    ...shared,
    plugins: [readAtRunTime],
    input: { server: "server/main.ts", cli: "server/cli/main.ts" },
    output: {
      dir: "dist",
      format: "cjs",
      entryFileNames: "[name].cjs",
      chunkFileNames: "chunks/[name]-[hash].cjs",
      minify: true,
      sourcemap: true,
    },
  },
  inContainer("keeper", "server/adapters/docker/keeper/main.ts"),
  inContainer("launcher", "server/adapters/docker/launcher.ts"),
]);
