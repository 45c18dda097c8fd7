import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";

import { describe, expect, onTestFinished, test } from "vitest";
import { ExecuteCommandRequest } from "vscode-languageserver/node";

import type { Review } from "../../server/core/review.ts";
import { SERVER_COMMANDS } from "../../server/protocol.ts";
import { git, parseOutput, plant, scratch, shipgate } from "../cli/shipgate.ts";
import { connect } from "../lsp/connect.ts";
import { engine, leftBy } from "./box.ts";
import { makeProxy } from "./proxy.ts";

const DIST = join(import.meta.dirname, "../../dist");
const isBuilt = existsSync(join(DIST, "cli.cjs"));
if (!isBuilt) console.warn("Skipped: the bundles are not built (npm run build).");
const address = engine?.address.kind === "socket" ? engine.address.path : null;
if (address === null) console.warn("Skipped: the engine is not behind a socket of this machine.");

/** A harmless change in a project whose test takes a while. */
async function slowProject(): Promise<string> {
  const root = await scratch();
  await git(root, "init", "--quiet", "--initial-branch=main");
  const slow = JSON.stringify({ name: "slow", scripts: { test: "node slow.js" } });
  await plant(root, { "package.json": slow, "slow.js": "setTimeout(() => {}, 4000);\n" });
  await git(root, "add", ".");
  await git(root, "commit", "--quiet", "--message", "Begin");
  await git(root, "switch", "--quiet", "--create", "feature");
  await plant(root, { "b.txt": "two\n" });
  return root;
}

/** Cuts the way to the engine when both boxes of a process are there and run. */
async function cutInTheMiddle(pid: number, cut: () => void): Promise<void> {
  await expect
    .poll(async () => (await leftBy(pid)).length, { timeout: 60_000 })
    .toBeGreaterThanOrEqual(4);
  await sleep(1500);
  cut();
}

async function expectRecovered(root: string, pid: number): Promise<void> {
  await expect.poll(() => leftBy(pid), { timeout: 20_000 }).toEqual([]);
  const journal = ["-C", root, "journal", "verify"];
  expect(await shipgate(journal, { entry: "dist/cli.cjs" })).toMatchObject({ code: 0 });
  const next = ["-C", root, "check", "--format", "json"];
  const { code, stdout } = await shipgate(next, { entry: "dist/cli.cjs" });
  const { runs } = parseOutput("check", stdout) as unknown as Review;
  expect([runs?.base.end, runs?.head.end]).toEqual([
    { reason: "exited", code: 0 },
    { reason: "exited", code: 0 },
  ]);
  expect(code).toBe(0);
}

function expectUnproven({ findings, verdict, runs }: Review): void {
  expect(verdict.status).toBe("unproven");
  expect([runs?.base.end.reason, runs?.head.end.reason]).toContain("engine-lost");
  expect(findings).toContainEqual(
    expect.objectContaining({
      rule: "sandbox/could-not-run",
      kind: "unproven",
      message: expect.stringMatching(/engine/u),
      remedy: expect.stringMatching(/./u),
    }),
  );
}

describe.skipIf(address === null || !isBuilt)("an engine that dies in the middle of a run", () => {
  test("leaves the command line with an unproven change, and the next run is right", async () => {
    const root = await slowProject();
    const proxy = await makeProxy(address ?? "");
    const args = [join(DIST, "cli.cjs"), "-C", root, "check", "--format", "json"];
    const child = spawn(process.execPath, args, {
      env: { ...process.env, DOCKER_HOST: `unix://${proxy.path}` },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const output = child.stdout.toArray();
    await cutInTheMiddle(child.pid ?? 0, proxy.cut);
    const [code] = (await once(child, "exit")) as [number];
    expect(code).toBe(2);
    const text = Buffer.concat((await output) as Buffer[]).toString();
    expectUnproven(parseOutput("check", text) as unknown as Review);
    await expectRecovered(root, child.pid ?? 0);
  });

  test("is told in the editor, which goes on", async () => {
    const root = await slowProject();
    const folder = pathToFileURL(root).href;
    const proxy = await makeProxy(address ?? "");
    let pid = 0;
    const client = await connect({
      served: {
        mode: "spawn",
        command: [process.execPath, join(DIST, "server.cjs"), "--stdio"],
        env: { DOCKER_HOST: `unix://${proxy.path}` },
        started: (server) => void (pid = server.pid ?? 0),
      },
      folders: [folder],
    });
    onTestFinished(() => client.close());
    const run = client.connection.sendRequest(ExecuteCommandRequest.type, {
      command: SERVER_COMMANDS.runChange,
      arguments: [{ folder }],
    });
    await cutInTheMiddle(pid, proxy.cut);
    expect(await run).toMatchObject({ status: "unproven" });
    const all = [...client.diagnostics.values()].flat().map(({ code }) => code);
    expect(all).toContain("sandbox/could-not-run");
    await expectRecovered(root, pid);
  });
});
