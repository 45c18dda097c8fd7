import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { findProgram } from "../../../scripts/setup/command.ts";

/** The distribution project's own registry on loopback. */
export interface RealRegistry {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** Where it keeps its blobs. */
  readonly folder: string;
  stop(): Promise<void>;
}

/** The program; null, said aloud, where this machine has none. */
export const registryProgram = findProgram("docker-registry");
if (registryProgram === null) {
  console.warn(
    "Skipped: this machine has no docker-registry (on Debian: apt-get install docker-registry).",
  );
}

/** Starts a registry with an empty storage. */
export async function startRegistry(program: string): Promise<RealRegistry> {
  const folder = await mkdtemp(join(tmpdir(), "shipgate-registry-"));
  const host = `127.0.0.1:${await freePort()}`;
  const config = join(folder, "config.yml");
  await writeFile(
    config,
    `version: 0.1
log: { level: error }
storage: { filesystem: { rootdirectory: ${JSON.stringify(join(folder, "data"))} }, delete: { enabled: true } }
http: { addr: ${JSON.stringify(host)} }
`,
  );
  const child = spawn(program, ["serve", config], { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => child.on("exit", () => resolve()));
  for (let left = 100; !(await answers(host)); left -= 1) {
    if (left === 0 || child.exitCode !== null) throw new Error("The registry did not start.");
    await sleep(50);
  }
  return {
    host,
    folder,
    stop: async () => {
      child.kill("SIGKILL");
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function answers(host: string): Promise<boolean> {
  return fetch(`http://${host}/v2/`).then(
    ({ ok }) => ok,
    () => false,
  );
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject).listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? (address?.port ?? 0) : 0));
    });
  });
}
