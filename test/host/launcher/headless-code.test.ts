import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { describe, expect, test } from "vitest";

const fixtures = join(import.meta.dirname, "..", "fixtures");
const launcher = join(import.meta.dirname, "headless-code.ts");

interface Launched {
  readonly child: ChildProcess;
  readonly mark: string;
  readonly output: () => string;
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

/** Starts the launcher as runTests does, every process of it marked in its environment. */
function launch(run: string, wrapper: readonly string[] = []): Launched {
  const mark = `mark-${randomUUID()}`;
  const command = [
    ...wrapper,
    launcher,
    join(fixtures, "workspace"),
    `--extensionTestsPath=${join(fixtures, "runs", run)}`,
    `--extensionDevelopmentPath=${join(fixtures, "probe")}`,
  ];
  const program = command[0] ?? launcher;
  const env = { ...process.env, SHIPGATE_TEST_MARK: mark, SHIPGATE_TEST_WORD: "is passed on" };
  const child = spawn(program, command.slice(1), { env, stdio: ["pipe", "pipe", "pipe"] });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
  child.stderr.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.on("close", (code, signal) => resolve(code ?? signal));
  });
  return { child, mark, output: () => text, ended };
}

async function waitUntil(isTrue: () => boolean, what: () => string): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if (isTrue()) return;
    await sleep(100);
  }
  throw new Error(what());
}

async function waitForRun({ output }: Launched): Promise<void> {
  await waitUntil(() => output().includes("the run has begun"), output);
}

/** Fails unless every marked process and every temporary folder of theirs goes away. */
async function expectNothingLeft(mark: string): Promise<void> {
  await waitUntil(
    () => marked(mark).length === 0,
    () => `These are left: ${marked(mark).map(commandOf).join("\n")}`,
  );
  const alive = new Set(readdirSync("/proc"));
  const folders = readdirSync(tmpdir()).filter((name) => /^shipgate-\d+-/u.test(name));
  expect(folders.filter((name) => !alive.has(name.split("-")[1] ?? ""))).toEqual([]);
}

function marked(mark: string): readonly string[] {
  return readdirSync("/proc").filter(
    (pid) => /^\d+$/u.test(pid) && readProcess(pid, "environ").includes(mark),
  );
}

function commandOf(pid: string): string {
  return readProcess(pid, "cmdline").replaceAll("\0", " ");
}

function readProcess(pid: string, file: string): string {
  try {
    return readFileSync(join("/proc", pid, file), "utf8");
  } catch {
    return "";
  }
}

describe.runIf(process.platform === "linux")("headless-code", () => {
  test("ends with the run's exit code, its output whole, and leaves nothing", async () => {
    const launched = launch("failing.cjs");
    expect(await launched.ended).toBe(1);
    expect(launched.output()).toContain("environment: is passed on\n");
    expect(launched.output()).toContain("line 200\n");
    expect(launched.output()).toContain("this run fails");
    await expectNothingLeft(launched.mark);
  });

  test.for(["SIGINT", "SIGTERM", "SIGHUP"] as const)("leaves nothing after %s", async (signal) => {
    const launched = launch("endless.cjs");
    await waitForRun(launched);
    expect(marked(launched.mark).length).toBeGreaterThan(3);
    launched.child.kill(signal);
    expect(await launched.ended).not.toBe(0);
    await expectNothingLeft(launched.mark);
  });

  test("leaves nothing when it is stopped before the editor is open", async () => {
    const launched = launch("endless.cjs");
    await waitUntil(() => marked(launched.mark).length > 1, launched.output);
    launched.child.kill("SIGINT");
    expect(await launched.ended).not.toBe(0);
    await expectNothingLeft(launched.mark);
  });

  test("leaves nothing when whoever started it is killed", async () => {
    const relay =
      "const c = require('node:child_process').spawn(process.argv[1], process.argv.slice(2));" +
      "c.stdout.pipe(process.stdout); c.stderr.pipe(process.stderr)";
    const launched = launch("endless.cjs", [process.execPath, "-e", relay]);
    await waitForRun(launched);
    launched.child.kill("SIGKILL");
    expect(await launched.ended).toBe("SIGKILL");
    await expectNothingLeft(launched.mark);
  });

  test("leaves nothing when nobody reads its output any more", async () => {
    const launched = launch("endless.cjs");
    await waitForRun(launched);
    launched.child.stdout?.destroy();
    expect(await launched.ended).not.toBe(0);
    await expectNothingLeft(launched.mark);
  });

  test("does not wait for ever when the extension host is killed", async () => {
    // VS Code calls this a good end; the caller knows better, because there are no results (judge).
    const launched = launch("crashing.cjs");
    await launched.ended;
    await expectNothingLeft(launched.mark);
  });

  test("says what it needs when it is started by hand", async () => {
    const child = spawn(launcher, ["/nowhere"], {
      env: { PATH: process.env["PATH"] },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let text = "";
    child.stderr.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect(code).toBe(1);
    expect(text).toContain("test/host/run.ts");
  });
});
