import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";

import { describe, expect, onTestFinished, test } from "vitest";
import { ExecuteCommandRequest } from "vscode-languageserver/node";

import { makeSample } from "../../scripts/sample.ts";
import type { Review } from "../../server/core/review.ts";
import { GetReview, type RunResult, SERVER_COMMANDS } from "../../server/protocol.ts";
import { git, parseOutput, scratch, shipgate } from "../cli/shipgate.ts";
import { connect, type TestClient } from "../lsp/connect.ts";
import { engine, leftBy } from "./box.ts";

/** What users have: the bundles. */
const DIST = join(import.meta.dirname, "../../dist");
const CLI = join(DIST, "cli.cjs");
const SERVER = join(DIST, "server.cjs");
const HOOK = [process.execPath, CLI, "hook", "claude-code"];
const isBuilt = existsSync(CLI) && existsSync(SERVER);
if (!isBuilt) console.warn("Skipped: the bundles are not built (npm run build).");

/** Moments of a run, in milliseconds: one of each part of it, anywhere in that part. */
const moments = (parts: number, length: number): number[] =>
  Array.from({ length: parts }, (_, part) => Math.round((part + Math.random()) * length));

/** The sample with its history of hook events, and what a run that nobody disturbs says of it. */
async function judgedSample(): Promise<{ root: string; calm: Review; entries: number }> {
  const { root } = await makeSample(join(await scratch(), "order export"), { hook: HOOK });
  const calm = await check(root);
  expect(calm.runs?.head.end).toEqual({ reason: "exited", code: 1 });
  return { root, calm, entries: await wholeEntries(root) };
}

async function check(root: string): Promise<Review> {
  const args = ["-C", root, "check", "--format", "json"];
  const { stdout } = await shipgate(args, { entry: "dist/cli.cjs" });
  return parseOutput("check", stdout) as unknown as Review;
}

/** Fails where the journal is not whole; gives its length. */
async function wholeEntries(root: string): Promise<number> {
  const args = ["-C", root, "journal", "verify", "--format", "json"];
  const end = await shipgate(args, { entry: "dist/cli.cjs" });
  expect(end.code).toBe(0);
  return Number(parseOutput("journal-verify", end.stdout)["entries"]);
}

/** Nothing of an earlier run may make a later one shorter. */
async function forgetRuns(root: string): Promise<void> {
  await rm(join(root, ".git", "shipgate", "cache"), { recursive: true, force: true });
}

/** What a review says that must not depend on what happened before. */
function gist({ change, findings, verdict, score, delta, runs }: Review) {
  return {
    change: change.id,
    findings: findings.map(({ fingerprint }) => fingerprint).toSorted(),
    verdict: verdict.status,
    score: score.value,
    outcomes: delta?.tests.map(({ name, before, after }) => [name, before?.status, after?.status]),
    ends: [runs?.base.end, runs?.head.end],
  };
}

async function expectNothingLeft(pids: readonly number[]): Promise<void> {
  const left = async () => (await Promise.all(pids.map(leftBy))).flat();
  await expect.poll(left, { timeout: 20_000, interval: 250 }).toEqual([]);
}

function kill(child: ChildProcess): Promise<void> {
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const isOver = child.exitCode !== null || child.signalCode !== null;
  child.kill("SIGKILL");
  return isOver ? Promise.resolve() : ended;
}

const state = async (root: string): Promise<string> =>
  `${await git(root, "status", "--porcelain")}\n${await git(root, "fsck", "--full", "--strict")}`;

describe.skipIf(!engine || !isBuilt)("kill -9 in the middle of a run", () => {
  test("of the command line leaves a whole journal, nothing on the engine, and the next run right", async () => {
    const { root, calm, entries } = await judgedSample();
    const before = await state(root);
    const pids: number[] = [];
    for (const moment of moments(6, 600)) {
      await forgetRuns(root);
      const child = spawn(process.execPath, [CLI, "-C", root, "check"], { stdio: "ignore" });
      pids.push(child.pid ?? 0);
      await sleep(moment);
      await kill(child);
      expect(await wholeEntries(root)).toBeGreaterThanOrEqual(entries);
    }
    await forgetRuns(root);
    expect(gist(await check(root))).toEqual(gist(calm));
    await expectNothingLeft(pids);
    expect(await wholeEntries(root)).toBeGreaterThan(entries);
    expect(await state(root)).toBe(before);
  }, 300_000);

  test("of the language server: the next one sweeps, and its run is right", async () => {
    const { root, calm, entries } = await judgedSample();
    const folder = pathToFileURL(root).href;
    const pids: number[] = [];
    const start = async (): Promise<{ client: TestClient; server: ChildProcess }> => {
      let server: ChildProcess | undefined;
      const command = [process.execPath, SERVER, "--stdio"] as const;
      const started = (child: ChildProcess): void => void (server = child);
      const served = { mode: "spawn", command, started } as const;
      const client = await connect({ served, folders: [folder] });
      if (server === undefined) throw new Error("No server was started.");
      pids.push(server.pid ?? 0);
      return { client, server };
    };
    const runIn = ({ connection }: TestClient): Promise<RunResult> =>
      connection.sendRequest(ExecuteCommandRequest.type, {
        command: SERVER_COMMANDS.runChange,
        arguments: [{ folder }],
      });
    for (const moment of moments(4, 800)) {
      await forgetRuns(root);
      const { client, server } = await start();
      runIn(client).catch(() => undefined);
      await sleep(moment);
      await kill(server);
      client.connection.dispose();
      expect(await wholeEntries(root)).toBeGreaterThanOrEqual(entries);
    }
    await forgetRuns(root);
    const { client } = await start();
    // The next start alone, before anything is run again.
    await expectNothingLeft(pids.slice(0, -1));
    const { status, score } = await runIn(client);
    expect({ status, score }).toEqual({ status: calm.verdict.status, score: calm.score.value });
    const review = await client.connection.sendRequest(GetReview, { folder });
    expect(review && gist(review)).toEqual(gist(calm));
    await client.close();
    await expectNothingLeft(pids);
    expect(await wholeEntries(root)).toBeGreaterThan(entries);
  }, 300_000);

  test("of whoever started the language server ends it too, with what it runs", async () => {
    const { root, calm } = await judgedSample();
    const servers: number[] = [];
    for (const moment of moments(2, 1500)) {
      await forgetRuns(root);
      const script = join(import.meta.dirname, "editor.ts");
      const editor = spawn(process.execPath, [script, SERVER, pathToFileURL(root).href], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      onTestFinished(() => kill(editor));
      const lines = createInterface({ input: editor.stdout });
      const [line] = (await once(lines, "line")) as [string];
      const server = Number(line);
      expect(isAlive(server)).toBe(true);
      await sleep(moment);
      await kill(editor);
      await expect.poll(() => isAlive(server), { timeout: 20_000 }).toBe(false);
      servers.push(server);
      await wholeEntries(root);
    }
    await forgetRuns(root);
    expect(gist(await check(root))).toEqual(gist(calm));
    await expectNothingLeft(servers);
  }, 300_000);
});

/** Whether a process runs; one that only waits to be collected does not. */
function isAlive(pid: number): boolean {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    return text.slice(text.lastIndexOf(")") + 2, text.lastIndexOf(")") + 3) !== "Z";
  } catch {
    return false;
  }
}
