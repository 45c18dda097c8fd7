import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { describe, expect, onTestFinished, test } from "vitest";

import { createDockerSandbox } from "../../server/adapters/docker/sandbox.ts";
import { quiet } from "../adapters/quiet-log.ts";
import { engine, leftBy, makeRequest, makeTree } from "./box.ts";

/** The box's name, which is the keeper's id, and the rest. */
function parts(output: string): readonly [string, string] {
  const [name = "", ...rest] = output.split("\n");
  return [name, rest.join("\n")];
}

const silent = (): void => undefined;
const never = new AbortController().signal;
const clock = { now: () => new Date().toISOString() };

describe.skipIf(!engine)("pairs that are kept ready", () => {
  test("serve the next runs, each one run with nothing of the one before, and go when closed", async () => {
    const sandbox = createDockerSandbox({ clock, log: quiet, keepReady: 2 });
    onTestFinished(() => sandbox.close());
    const { repository, tree } = await makeTree({
      "a.sh":
        "uname -n; ls -A / /tmp /home/box /workspace /run/shipgate; touch /tmp/mine ~/mine mine; ps ax 2>/dev/null | wc -l",
    });
    const request = await makeRequest(sandbox, tree, ["sh", "a.sh"]);
    const run = () => sandbox.run(repository, request, silent, never);
    const cold = await run();
    await sandbox.settled();
    const ready = await leftBy(process.pid);
    expect(ready.length).toBeGreaterThanOrEqual(4);
    const [first, second] = await Promise.all([run(), run()]);
    const [name, rest] = parts(cold.outputTail);
    expect(ready.some((id) => id.startsWith(name))).toBe(false);
    for (const record of [first, second]) {
      expect(record.end).toEqual({ reason: "exited", code: 0 });
      const [own, same] = parts(record.outputTail);
      expect(ready.filter((id) => id.startsWith(own))).toHaveLength(1);
      expect(same).toBe(rest);
      expect(record.behaviours).toEqual(cold.behaviours);
      expect(record.isolation).toEqual(cold.isolation);
    }
    await sandbox.settled();
    await sandbox.close();
    await expect.poll(() => leftBy(process.pid), { timeout: 20_000 }).toEqual([]);
  });

  test("are not used once the engine ended them", async () => {
    const sandbox = createDockerSandbox({ clock, log: quiet, keepReady: 1 });
    onTestFinished(() => sandbox.close());
    const { repository, tree } = await makeTree({ "a.txt": "1" });
    const request = await makeRequest(sandbox, tree, ["true"]);
    await sandbox.run(repository, request, silent, never);
    await sandbox.settled();
    const listed = await engine?.docker.listContainers({
      filters: { label: ["dev.shipgate.pair"] },
    });
    const mine = new Set(await leftBy(process.pid));
    for (const { Id } of listed ?? []) {
      if (mine.has(Id)) await engine?.docker.getContainer(Id).kill().catch(silent);
    }
    await expect.poll(() => leftBy(process.pid), { timeout: 20_000 }).toEqual([]);
    const record = await sandbox.run(repository, request, silent, never);
    expect(record.end).toEqual({ reason: "exited", code: 0 });
  });

  test("end with a client that was killed", async () => {
    const { repository, tree } = await makeTree({ "a.txt": "1" });
    const sandbox = createDockerSandbox({ clock, log: quiet });
    const request = await makeRequest(sandbox, tree, ["true"]);
    const client = spawn(
      process.execPath,
      [join(import.meta.dirname, "client.ts"), repository.root, JSON.stringify(request), "2"],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    onTestFinished(() => void client.kill("SIGKILL"));
    for await (const line of createInterface({ input: client.stdout }))
      if (line === "settled") break;
    expect((await leftBy(client.pid ?? 0)).length).toBeGreaterThanOrEqual(4);
    client.kill("SIGKILL");
    await expect.poll(() => leftBy(client.pid ?? 0), { timeout: 20_000 }).toEqual([]);
  });
});
