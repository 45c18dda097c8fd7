import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

const run = promisify(execFile);
const REPOSITORY = dirname(dirname(import.meta.dirname));
const CONFIGURATION = [
  ".gitignore",
  ".oxlintrc.json",
  "package.json",
  "tsconfig.json",
  "server/core/tsconfig.json",
];
const scratch: string[] = [];

/** A small repository with our configuration in which every layer keeps the rules. */
const CLEAN: Readonly<Record<string, string>> = {
  "server/core/clean.ts": `export function double(number: number): number {\n  return number * 2;\n}\n`,
  "server/ecosystems/clean.ts": `export { double } from "../core/clean.ts";\n`,
  "server/engine/session.ts": `export { double } from "../core/clean.ts";\n`,
  "server/engine/ports.ts": `export interface Port {\n  read(): string;\n}\n`,
  "server/adapters/clean.ts": `import { readFileSync } from "node:fs";\n\nimport type { Port } from "../engine/ports.ts";\n\nexport const port: Port = { read: () => readFileSync("x", "utf8") };\n`,
  "server/cli/clean.ts": `import { port } from "../adapters/clean.ts";\nimport { double } from "../engine/session.ts";\n\nexport const four = double(port.read().length);\n`,
  "server/lsp/clean.ts": `export { double } from "../engine/session.ts";\n`,
  "server/hooks/clean.ts": `export { double } from "../engine/session.ts";\n`,
  "server/mcp/clean.ts": `export { double } from "../engine/session.ts";\n`,
  "server/protocol.ts": `export const METHOD = "shipgate/x";\n`,
  "extension/clean.ts": `import * as vscode from "vscode";\n\nimport { METHOD } from "../server/protocol.ts";\n\nexport const name = vscode.env.appName + METHOD;\n`,
};

/** Each violation: what breaks which rule, and the tool and message that must stop it. */
const VIOLATIONS = [
  [
    "core imports node:fs/promises",
    "server/core/bad.ts",
    `export { readFile } from "node:fs/promises";\n`,
    "no-restricted-imports",
  ],
  [
    "the engine imports node:fs",
    "server/engine/bad.ts",
    `export { readFileSync } from "node:fs";\n`,
    "no-restricted-imports",
  ],

  [
    "core imports node:fs",
    "server/core/bad.ts",
    `export { readFileSync } from "node:fs";\n`,
    "no-restricted-imports",
  ],
  [
    "core uses process",
    "server/core/bad.ts",
    `export const home = process.env["HOME"];\n`,
    "no-restricted-globals",
  ],
  [
    "core uses process",
    "server/core/bad.ts",
    `export const home = process.env["HOME"];\n`,
    "TS2591",
  ],
  [
    "core uses the clock",
    "server/core/bad.ts",
    `export const now = Date.now();\n`,
    "no-restricted-globals",
  ],
  [
    "core uses randomness",
    "server/core/bad.ts",
    `export const any = Math.random();\n`,
    "no-restricted-properties",
  ],
  [
    "core fetches",
    "server/core/bad.ts",
    `export const got = fetch("https://registry.example");\n`,
    "no-restricted-globals",
  ],
  [
    "core imports the engine",
    "server/core/bad.ts",
    `export { double } from "../engine/session.ts";\n`,
    "no-restricted-imports",
  ],
  [
    "core imports an adapter",
    "server/core/bad.ts",
    `export { port } from "../adapters/clean.ts";\n`,
    "no-restricted-imports",
  ],
  [
    "core imports the editor",
    "server/core/bad.ts",
    `export * as vscode from "vscode";\n`,
    "no-restricted-imports",
  ],
  [
    "an ecosystem imports node:path",
    "server/ecosystems/bad.ts",
    `export { join } from "node:path";\n`,
    "no-restricted-imports",
  ],
  [
    "the engine imports an adapter",
    "server/engine/bad.ts",
    `export { port } from "../adapters/clean.ts";\n`,
    "no-restricted-imports",
  ],
  [
    "the engine imports a front",
    "server/engine/bad.ts",
    `export { four } from "../cli/clean.ts";\n`,
    "no-restricted-imports",
  ],
  [
    "the engine reads files",
    "server/engine/bad.ts",
    `export { readFile } from "node:fs/promises";\n`,
    "no-restricted-imports",
  ],
  [
    "the engine starts programs",
    "server/engine/bad.ts",
    `export { spawn } from "node:child_process";\n`,
    "no-restricted-imports",
  ],
  [
    "the engine imports dockerode",
    "server/engine/bad.ts",
    `export * as docker from "dockerode";\n`,
    "no-restricted-imports",
  ],
  [
    "an adapter imports a front",
    "server/adapters/bad.ts",
    `export { four } from "../cli/clean.ts";\n`,
    "no-restricted-imports",
  ],
  [
    "an adapter imports the session",
    "server/adapters/bad.ts",
    `export { double } from "../engine/session.ts";\n`,
    "no-restricted-imports",
  ],
  [
    "an adapter imports the editor",
    "server/adapters/bad.ts",
    `export * as vscode from "vscode";\n`,
    "no-restricted-imports",
  ],
  [
    "the command line imports the editor",
    "server/cli/bad.ts",
    `export * as vscode from "vscode";\n`,
    "no-restricted-imports",
  ],
  [
    "the command line imports dockerode",
    "server/cli/bad.ts",
    `export * as docker from "dockerode";\n`,
    "no-restricted-imports",
  ],
  [
    "the language server imports the editor",
    "server/lsp/bad.ts",
    `export * as vscode from "vscode";\n`,
    "no-restricted-imports",
  ],
  [
    "the language server imports the client",
    "server/lsp/bad.ts",
    `export { State } from "vscode-languageclient/node";\n`,
    "no-restricted-imports",
  ],
  [
    "a hook imports the extension",
    "server/hooks/bad.ts",
    `export { name } from "../../extension/clean.ts";\n`,
    "no-restricted-imports",
  ],
  [
    "the MCP front imports the editor",
    "server/mcp/bad.ts",
    `export * as vscode from "vscode";\n`,
    "no-restricted-imports",
  ],
  [
    "the extension imports the core",
    "extension/bad.ts",
    `export { double } from "../server/core/clean.ts";\n`,
    "no-restricted-imports",
  ],
  [
    "the extension imports an adapter",
    "extension/bad.ts",
    `export { port } from "../server/adapters/clean.ts";\n`,
    "no-restricted-imports",
  ],
  [
    "the extension imports dockerode",
    "extension/bad.ts",
    `export * as docker from "dockerode";\n`,
    "no-restricted-imports",
  ],
] as const;

beforeAll(() => {
  expect(new Set(VIOLATIONS.map(([claim, , , by]) => claim + by)).size).toBe(VIOLATIONS.length);
});

afterAll(async () => {
  for (const dir of scratch) await rm(dir, { recursive: true, force: true });
});

/** Plants files in a copy of our configuration and gives what the linter, or the core's compiler, says. */
async function judge(planted: Readonly<Record<string, string>>, tool: "oxlint" | "tsc") {
  const root = await mkdtemp(join(tmpdir(), "shipgate-layers-"));
  scratch.push(root);
  await symlink(join(REPOSITORY, "node_modules"), join(root, "node_modules"));
  for (const file of CONFIGURATION) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await cp(join(REPOSITORY, file), join(root, file));
  }
  for (const [path, text] of Object.entries({ ...CLEAN, ...planted })) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  const program = join(REPOSITORY, "node_modules", ".bin", tool);
  const args = tool === "tsc" ? ["-p", "server/core", "--pretty", "false"] : ["--format=unix"];
  const end = await run(program, args, { cwd: root }).then(
    ({ stdout }) => ({ failed: false, output: stdout }),
    (error: { stdout: string; stderr: string }) => ({
      failed: true,
      output: error.stdout + error.stderr,
    }),
  );
  return { ...end, lines: end.output.split("\n") };
}

describe("the layer rules", () => {
  test.for(["oxlint", "tsc"] as const)("let a repository that keeps them pass %s", async (tool) => {
    const { failed, output } = await judge({}, tool);
    expect(output).not.toMatch(/error/i);
    expect(failed).toBe(false);
  });

  test.for(VIOLATIONS)("stop it when %s (%s)", async ([, path, text, by]) => {
    const { failed, lines } = await judge({ [path]: text }, by.startsWith("TS") ? "tsc" : "oxlint");
    expect(failed).toBe(true);
    const told = lines.filter((line) => line.includes("bad.ts"));
    expect(told.join("\n")).toContain(by);
  });

  test("stop a cycle", async () => {
    const { failed, output } = await judge(
      {
        "server/core/a.ts": `import { b } from "./b.ts";\n\nexport const a = (): number => b();\n`,
        "server/core/b.ts": `import { a } from "./a.ts";\n\nexport const b = (): number => a();\n`,
      },
      "oxlint",
    );
    expect(failed).toBe(true);
    expect(output).toContain("no-cycle");
  });
});
