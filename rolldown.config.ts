import { defineConfig } from "rolldown";

const shared = {
  platform: "node" as const,
  external: ["vscode", "cpu-features", /\.node$/],
  transform: { target: "node22" },
};

/** Three entries: the extension host's half, the language server, the command line. */
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
]);
