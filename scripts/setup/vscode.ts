import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";

import { GateError } from "../../server/engine/errors.ts";
import { makeTemporaryFolder, sweepTemporaryFolders } from "../editor/temporary.ts";
import { findProgram, installDebianPackages, runCommand } from "./command.ts";
import { makeStrictCopy, strictCopyVersion } from "./strict-copy.ts";
import { installCommand, type System } from "./system.ts";

/** The npm package that carries the VS Code server, and its version. */
const codeServerVersion = "4.139.1";
const buildPackages = ["libkrb5-dev", "pkg-config", "python3", "make", "g++"];
const buildPrograms = ["pkg-config", "python3", "make", "g++", "krb5-config"];

/** A VS Code server without a desktop, and the Node that runs it. */
export interface VsCodeServer {
  /** Folder whose `out/server-main.js` is the server; proposed APIs are off in it. */
  readonly directory: string;
  readonly node: string;
}

/** Finds the VS Code server in the cache, or builds it there (minutes, once). */
export async function prepareVsCodeServer(
  cache: string,
  system: System,
  say: (message: string) => void,
): Promise<VsCodeServer> {
  const home = join(cache, `vscode-${codeServerVersion}`);
  const server = serverIn(home);
  if ((await readMarker(home)) === markerText()) return server;
  say(
    `Building the VS Code server ${codeServerVersion} in ${home}; this takes some minutes, once.`,
  );
  await prepareBuildTools(system, say);
  await mkdir(cache, { recursive: true });
  await sweepTemporaryFolders(cache);
  const workshop = await makeTemporaryFolder(cache);
  try {
    await build(workshop);
    await makeStrictCopy(join(workshop, packagedServer), join(workshop, "strict"));
    await writeFile(join(workshop, "complete"), markerText());
    await putInPlace(workshop, home);
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
  return server;
}

const packagedServer = "node_modules/code-server/lib/vscode";

function serverIn(home: string): VsCodeServer {
  return { directory: join(home, "strict"), node: join(home, nodePackage(), "bin", "node") };
}

/** npm's package of the Node binary for this machine, which also has the headers that native builds want. */
function nodePackage(): string {
  return `node_modules/node-${process.platform}-${process.arch}`;
}

function markerText(): string {
  return `${JSON.stringify({ codeServer: codeServerVersion, node: process.version, strictCopy: strictCopyVersion })}\n`;
}

async function readMarker(home: string): Promise<string> {
  try {
    return await readFile(join(home, "complete"), "utf8");
  } catch {
    return "";
  }
}

async function build(workshop: string): Promise<void> {
  const env = buildEnvironment(workshop);
  const packages = [
    `code-server@${codeServerVersion}`,
    `node-${process.platform}-${process.arch}@${process.version.slice(1)}`,
  ];
  await writeFile(join(workshop, "package.json"), '{ "private": true }\n');
  const quiet = ["--no-audit", "--no-fund"];
  await runCommand("npm", ["install", "--ignore-scripts", ...quiet, ...packages], {
    cwd: workshop,
    env,
  });
  for (const folder of [packagedServer, join(packagedServer, "extensions")]) {
    await runCommand("npm", ["install", "--omit=dev", ...quiet], {
      cwd: join(workshop, folder),
      env,
    });
  }
}

/** The user's environment without what an npm around us says about its own project; the new Node comes first. */
export function buildEnvironment(
  workshop: string,
  env: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const outer =
    /^(?:npm_(?:package|lifecycle)_.*|npm_config_(?:local_prefix|prefix|global_prefix|ignore_scripts)|npm_command|npm_execpath|npm_node_execpath|INIT_CWD|NODE_OPTIONS)$/iu;
  const kept = Object.fromEntries(Object.entries(env).filter(([name]) => !outer.test(name)));
  return {
    ...kept,
    PATH: [dirname(process.execPath), env["PATH"] ?? ""].join(delimiter),
    npm_config_nodedir: join(workshop, nodePackage()),
  };
}

/** Another process may have built the same in the meantime: either result is good, and only one is kept. */
async function putInPlace(workshop: string, home: string): Promise<void> {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      await rename(workshop, home);
      return;
    } catch (error) {
      if (!existsSync(home)) throw error;
      if ((await readMarker(home)) === markerText()) return;
      await rm(home, { recursive: true, force: true });
    }
  }
  throw new GateError("setup-failed", `${home} could not be replaced.`, {
    remedy: `Remove ${home} and start again.`,
  });
}

async function prepareBuildTools(system: System, say: (message: string) => void): Promise<void> {
  const missing = buildPrograms.filter((name) => findProgram(name) === null);
  if (missing.length === 0) return;
  if (system.family === "debian" && system.isRoot) {
    say(`Installing ${buildPackages.join(", ")} from the distribution.`);
    await installDebianPackages(buildPackages);
    return;
  }
  throw new GateError(
    "setup-failed",
    `Building the VS Code server needs ${missing.join(", ")}, which this machine does not have.`,
    {
      remedy: `Run: ${installCommand(system, buildPackages) ?? `install ${missing.join(", ")} with your package manager`}`,
    },
  );
}
