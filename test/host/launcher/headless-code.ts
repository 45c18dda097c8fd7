#!/usr/bin/env node
/**
 * Stands in for the VS Code executable where there is no desktop: takes the arguments that
 * @vscode/test-electron gives it, opens the VS Code server in a browser without a window, loads the
 * extension and its tests into the real extension host, and ends with the tests' exit code.
 */
import { fstatSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { format } from "node:util";

import { editorAddress, openBlankPage, type EditorPage } from "../../../scripts/editor/page.ts";
import { makeTemporaryFolder, sweepTemporaryFolders } from "../../../scripts/editor/temporary.ts";
import {
  installExtension,
  startServer,
  type RunningServer,
} from "../../../scripts/editor/vscode-server.ts";
import { openBridge, type Bridge } from "./bridge.ts";
import { readLaunchArguments, type Launch } from "./launch-arguments.ts";
import { perform } from "./perform.ts";

const open: { page?: EditorPage; server?: RunningServer; bridge?: Bridge; temporary?: string } = {};
let isEnding = false;
const longestRun = 20 * 60_000;

process.on("SIGINT", () => void end(130));
process.on("SIGTERM", () => void end(143));
process.on("SIGHUP", () => void end(129));
// Whoever reads our output may be gone; that is no reason to leave processes behind.
process.stdout.on("error", () => void end(141));
process.stderr.on("error", () => void end(141));
if (isPipe(0)) process.stdin.on("end", () => void end(1)).resume();

setTimeout(() => {
  console.error("The tests did not end within 20 minutes.");
  void end(1);
}, longestRun).unref();

const opening = main().catch((error: unknown) => {
  if (!isEnding) console.error(error);
  void end(1);
});

async function main(): Promise<void> {
  const launch = readLaunchArguments(process.argv.slice(2));
  await sweepTemporaryFolders();
  open.temporary = await makeTemporaryFolder();
  const userData = launch.userData ?? join(open.temporary, "user-data");
  const extensions = launch.extensions ?? join(open.temporary, "extensions");
  await mkdir(extensions, { recursive: true });
  const place = {
    server: {
      directory: variable("SHIPGATE_VSCODE_SERVER"),
      node: variable("SHIPGATE_VSCODE_NODE"),
    },
    temporary: open.temporary,
    userData,
    extensions,
    env: process.env,
  };
  if (launch.install.length > 0) {
    for (const vsix of launch.install) process.stdout.write(await installExtension(place, vsix));
    void end(0);
    return;
  }
  open.bridge = await openBridge(async (request) => {
    if (open.page === undefined) throw new Error("The page is not open yet.");
    return perform(open.page.page, request);
  });
  open.server = await startServer({
    ...place,
    env: { ...process.env, HEADLESS_UI: open.bridge.url },
    isTestDriver: true,
    log: (text) => {
      if (process.env["HEADLESS_VERBOSE"] !== undefined) process.stderr.write(text);
    },
  });
  if (!isEnding) await openEditor(launch, open.server);
}

async function openEditor(launch: Launch, server: RunningServer): Promise<void> {
  const opened = await openBlankPage(variable("CHROME"), `http://${server.authority}`);
  open.page = opened;
  const { page } = opened;
  await page.exposeFunction("codeAutomationLog", (type: string, args: unknown[]) =>
    printLog(type, args),
  );
  await page.exposeFunction("codeAutomationExit", (code: number) => void end(code));
  page.on("crash", () => {
    console.error("The editor's page crashed.");
    void end(1);
  });
  void server.ended.then(async () => {
    if (isEnding) return;
    console.error("The VS Code server ended before the tests did.");
    await end(1);
  });
  const uri = (path: string): string => `vscode-remote://${server.authority}${encodeURI(path)}`;
  const payload: [string, string][] = [["skipWelcome", "true"]];
  if (launch.developmentPath !== null) {
    payload.push(["extensionDevelopmentPath", uri(launch.developmentPath)]);
  }
  if (launch.testsPath !== null) payload.push(["extensionTestsPath", uri(launch.testsPath)]);
  if (launch.proposedApi !== null) payload.push(["enableProposedApi", ""]);
  await page.goto(editorAddress(server.authority, server.token, launch.folder, payload));
}

const workbenchLines = [
  /^(?:Ignoring fetching|Updating) additional builtin extensions/u,
  /^(?:Resolving|Resolved) connection token/u,
  /^(?:Creating a socket|Creation of workbench contribution) /u,
  /^\[(?:reconnection-grace-time|AgentHost:remote|AccountPolicyGate|Service Worker)\] /u,
];

/** The workbench's own log comes the same way as the tests' output and is left out. */
function printLog(type: string, args: unknown[]): void {
  const text = format(...args);
  const isWorkbench = workbenchLines.some((line) => line.test(text));
  if (isWorkbench && process.env["HEADLESS_VERBOSE"] === undefined) return;
  (type === "error" || type === "warn" ? process.stderr : process.stdout).write(`${text}\n`);
}

async function end(code: number): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  await closeAll();
  // What was half open when the end came is open now: a server without its page, a page without its address.
  await opening;
  await closeAll();
  // The reader destroys its pipes the moment we exit: let it read the last lines first.
  await new Promise((resolve) => setTimeout(resolve, 150));
  process.exit(code);
}

async function closeAll(): Promise<void> {
  const { bridge, page, server, temporary } = open;
  bridge?.close();
  await Promise.allSettled([page?.close(), server?.stop()]);
  if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
}

function isPipe(descriptor: number): boolean {
  try {
    const stat = fstatSync(descriptor);
    return stat.isFIFO() || stat.isSocket();
  } catch {
    return false;
  }
}

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "") {
    throw new Error(`${name} is not set: run the host tests through test/host/run.ts.`);
  }
  return value;
}
