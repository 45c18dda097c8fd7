import { execFile, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

import addFormats from "ajv-formats";
import Ajv2020 from "ajv/dist/2020.js";
import { expect, onTestFinished } from "vitest";

import { makeSample } from "../../scripts/sample.ts";

const REPOSITORY = dirname(dirname(import.meta.dirname));

/** The entry as it runs from the sources and, where it was built, as it is shipped. */
export const ENTRIES = ["server/cli/main.ts", "dist/cli.cjs"].filter((entry) =>
  existsSync(join(REPOSITORY, entry)),
);

export interface End {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface How {
  readonly entry?: string;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
}

/** Runs the real program to its end. */
export function shipgate(args: readonly string[], how: How = {}): Promise<End> {
  const { entry = "server/cli/main.ts", cwd = REPOSITORY, env = {}, input = "" } = how;
  const child = spawn(process.execPath, [join(REPOSITORY, entry), ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.on("error", reject).on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** A folder that goes away with the test. Its name has a space and letters beyond ASCII. */
export async function scratch(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "shipgate cli ñ 日本 "));
  // A process that a test started may still be writing its last.
  onTestFinished(() => rm(dir, { recursive: true, force: true, maxRetries: 10 }));
  return dir;
}

/** The sample with the assistant's change, without its hook events. */
export async function sample(): Promise<string> {
  const dir = join(await scratch(), "order export");
  const { root } = await makeSample(dir, { hook: null });
  return root;
}

/** Writes files into a folder. */
export async function plant(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
}

export async function git(root: string, ...args: readonly string[]): Promise<string> {
  const identity = ["-c", "user.name=Test", "-c", "user.email=test@shop.example"];
  const { stdout } = await promisify(execFile)("git", ["-C", root, ...identity, ...args]);
  return stdout.trimEnd();
}

/** Reads one JSON document and holds it against the schema that docs/schemas publishes. */
export function parseOutput(name: string, stdout: string): Record<string, unknown> {
  const ajv = new Ajv2020.default({ strict: true, allErrors: true, allowUnionTypes: true });
  addFormats.default(ajv);
  const schema = readFileSync(join(REPOSITORY, "docs", "schemas", `${name}.json`), "utf8");
  const validate = ajv.compile(JSON.parse(schema));
  const document: unknown = JSON.parse(stdout);
  validate(document);
  expect(validate.errors).toBe(null);
  return document as Record<string, unknown>;
}
