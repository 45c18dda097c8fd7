import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { describe, expect, onTestFinished, test } from "vitest";

import { connectEngine } from "../../server/adapters/docker/engine.ts";
import { EXPIRES, LABEL, ownLabels } from "../../server/adapters/docker/labels.ts";
import type { Digest } from "../../server/core/digest.ts";
import { engine, leftBy, LIMITS, makeRequest, makeSandbox, makeTree } from "./box.ts";
import { makeProxy } from "./proxy.ts";

const silent = (): void => undefined;
const never = new AbortController().signal;
const ENDLESS = ["sh", "-c", "echo begun; sleep 300"];

/** Starts an endless run and gives the way to wait until the command is on its way. */
async function startEndless(sandbox = makeSandbox(), signal = never) {
  const { repository, tree } = await makeTree({ "a.txt": "1" });
  const request = await makeRequest(makeSandbox(), tree, ENDLESS);
  const begun = Promise.withResolvers<void>();
  const run = sandbox.run(
    repository,
    request,
    (message) => message.startsWith("Running") && begun.resolve(),
    signal,
  );
  run.catch(begun.reject);
  await begun.promise;
  return { run };
}

/** The engine removes what has ended a moment later. */
async function gone(): Promise<void> {
  await expect.poll(() => leftBy(process.pid), { timeout: 20_000 }).toEqual([]);
}

describe.skipIf(!engine)("the end of a run", () => {
  test("leaves nothing on the engine", async () => {
    const { repository, tree } = await makeTree({ "a.txt": "1" });
    const sandbox = makeSandbox();
    const request = await makeRequest(sandbox, tree, ["true"]);
    const records = await Promise.all([
      sandbox.run(repository, request, silent, never),
      sandbox.run(repository, request, silent, never),
    ]);
    expect(records.map(({ end }) => end)).toEqual([
      { reason: "exited", code: 0 },
      { reason: "exited", code: 0 },
    ]);
    await gone();
  });

  test("comes at once when it is cancelled, and leaves nothing", async () => {
    const stop = new AbortController();
    const { run } = await startEndless(makeSandbox(), stop.signal);
    stop.abort();
    await expect(run).rejects.toMatchObject({ code: "cancelled" });
    await gone();
  });

  test("comes before the beginning where it was cancelled before", async () => {
    const { repository, tree } = await makeTree({ "a.txt": "1" });
    const sandbox = makeSandbox();
    const request = await makeRequest(sandbox, tree, ENDLESS);
    const run = sandbox.run(repository, request, silent, AbortSignal.abort());
    await expect(run).rejects.toMatchObject({ code: "cancelled" });
    await gone();
  });

  test("is `engine-lost` when the connection breaks, and the engine clears up by itself", async () => {
    const proxy = await makeProxy("/var/run/docker.sock");
    const connect = () =>
      connectEngine([{ from: "a proxy", address: { kind: "socket", path: proxy.path } }]);
    const { run } = await startEndless(makeSandbox(connect));
    proxy.cut();
    const record = await run;
    expect(record.end).toMatchObject({
      reason: "engine-lost",
      detail: expect.stringMatching(/ended|connect/),
    });
    await gone();
  });

  test("is an error that says what was tried when no engine answers", async () => {
    const connect = () =>
      connectEngine([
        { from: "a test", address: { kind: "socket", path: "/no/such/engine.sock" } },
      ]);
    await expect(makeSandbox(connect).probe(never)).rejects.toMatchObject({
      code: "no-engine",
      message: expect.stringContaining("a test (/no/such/engine.sock)"),
      remedy: expect.stringContaining("DOCKER_HOST"),
    });
  });

  test("is an error that names the image when the engine does not have it", async () => {
    const image: Digest = `sha256:${"0".repeat(64)}`;
    await expect(makeSandbox().prepareImage(image, silent, never)).rejects.toMatchObject({
      code: "image-failed",
    });
    const { repository, tree } = await makeTree({ "a.txt": "1" });
    const request = { tree, image, dependencies: null, command: ["true"], limits: LIMITS } as const;
    await expect(makeSandbox().run(repository, request, silent, never)).rejects.toMatchObject({
      code: "engine-failed",
    });
    await gone();
  });

  test("is an error where the tree is larger than the box", async () => {
    const { repository, tree } = await makeTree({ "a.txt": "x".repeat(100_000) });
    const request = await makeRequest(makeSandbox(), tree, ["true"], { workspaceBytes: 65_536 });
    await expect(makeSandbox().run(repository, request, silent, never)).rejects.toMatchObject({
      code: "bad-input",
    });
  });
});

describe.skipIf(!engine)("sweep", () => {
  test.for([0, 150, 400, 800])(
    "leaves nothing of a client that was killed %i ms after it began to run",
    async (delay) => {
      const { repository, tree } = await makeTree({ "a.txt": "1" });
      const request = await makeRequest(makeSandbox(), tree, ENDLESS);
      const client = spawn(
        process.execPath,
        [join(import.meta.dirname, "client.ts"), repository.root, JSON.stringify(request)],
        { stdio: ["ignore", "pipe", "inherit"] },
      );
      onTestFinished(() => void client.kill("SIGKILL"));
      for await (const line of createInterface({ input: client.stdout })) {
        if (line.startsWith("Starting")) break;
      }
      await new Promise((resolve) => setTimeout(resolve, delay));
      client.kill("SIGKILL");
      await expect
        .poll(
          async () => {
            await makeSandbox().sweep();
            return leftBy(client.pid ?? 0);
          },
          { timeout: 20_000, interval: 500 },
        )
        .toEqual([]);
    },
  );

  test("does not touch the runs of living processes", async () => {
    const stop = new AbortController();
    const { run } = await startEndless(makeSandbox(), stop.signal);
    await makeSandbox().sweep();
    expect(await leftBy(process.pid)).not.toEqual([]);
    stop.abort();
    await expect(run).rejects.toMatchObject({ code: "cancelled" });
    await gone();
  });

  test("removes a container that was made and never started, and a volume, when their time is over", async () => {
    const sandbox = makeSandbox();
    const request = await makeRequest(sandbox, "0".repeat(40), ["true"]);
    const Labels = { ...ownLabels(1000), [EXPIRES]: "1", [LABEL]: "1" };
    await engine?.docker.createContainer({ Image: request.image, Cmd: ["true"], Labels });
    await engine?.docker.createVolume({
      Labels,
      Driver: "local",
      DriverOpts: { type: "tmpfs", device: "tmpfs" },
    });
    expect(await leftBy(process.pid)).toHaveLength(2);
    expect(await sandbox.sweep()).toBeGreaterThanOrEqual(2);
    await gone();
  });
});

describe.skipIf(!engine)("probe", () => {
  test("proves on a real box what this machine can give", async () => {
    expect(await makeSandbox().probe(never)).toEqual({
      level: "container",
      engine: expect.stringMatching(/^(docker|podman) \S+, \S+$/),
      selfTest: {
        connectionDenied: true,
        writeDenied: true,
        limitsApplied: true,
        unprivileged: true,
      },
    });
  });
});
