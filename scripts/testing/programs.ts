import { spawn } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";

import { makeTemporaryFolder } from "../editor/temporary.ts";
import { packageProgram } from "../setup/command.ts";
import { repositoryRoot } from "../setup/directories.ts";
import { countVitest, type Outcome } from "./counts.ts";

/** Runs one of the project's programs with its output shown as it comes; gives the exit code. */
export async function runProgram(
  name: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<number | null> {
  return new Promise((resolve) => {
    const child = spawn(packageProgram(name), args, {
      cwd: repositoryRoot,
      env,
      stdio: ["ignore", "inherit", "inherit"],
    });
    child.on("error", (error) => {
      console.error(`${name} could not be started: ${error.message}`);
      resolve(null);
    });
    child.on("close", resolve);
  });
}

/** Runs one vitest project and counts its tests. */
export async function runVitest(project: string, env: NodeJS.ProcessEnv): Promise<Outcome> {
  const folder = await makeTemporaryFolder();
  try {
    const file = join(folder, "report.json");
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
    const code = await runProgram(
      "vitest",
      ["run", "--config", "test/vitest.config.ts", "--project", project, ...reporters],
      env,
    );
    return countVitest(project, await readJson(file), code);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch {
    return null;
  }
}
