import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { GateError } from "../../server/engine/errors.ts";
import { findProgram, lastLines, runCommand } from "./command.ts";

const socket = "/var/run/docker.sock";

/** Starts the engine and waits until it answers: by systemd where that runs, else by hand. For root on Linux. */
export async function startEngine(cache: string): Promise<void> {
  if (existsSync("/run/systemd/system")) {
    await runCommand("systemctl", ["start", "docker"]);
    if (await waitFor(isListening, 30)) return;
  }
  removeLeftovers("/var/run/docker.pid", "dockerd", [socket]);
  removeLeftovers("/var/run/docker/containerd/containerd.pid", "containerd", [
    "/var/run/docker/containerd/containerd.sock",
  ]);
  mkdirSync(cache, { recursive: true });
  const log = join(cache, "dockerd.log");
  const output = openSync(log, "w");
  const path = enginePath();
  const child = spawn(findProgram("dockerd", path) ?? "dockerd", [], {
    cwd: "/",
    detached: true,
    env: { ...process.env, PATH: path },
    stdio: ["ignore", output, output],
  });
  closeSync(output);
  let end: string | null = null;
  child.on("error", (error) => (end = error.message));
  child.on("exit", (code, signal) => (end = `it ended with ${code ?? signal}`));
  const isUp = await waitFor(async () => end !== null || isListening(), 60);
  child.unref();
  if (isUp && end === null) return;
  throw new GateError(
    "no-engine",
    `The Docker Engine did not start: ${end ?? "it did not listen within 60 seconds"}.\n${readTail(log)}`,
    { remedy: `Read ${log}. Another engine can be used: let DOCKER_HOST name it.` },
  );
}

/** The PATH with the folders in which the daemon may lie and which not every root has. */
export function enginePath(path = process.env["PATH"] ?? ""): string {
  return `${path}:/usr/local/sbin:/usr/sbin:/sbin`;
}

/** Removes the pid file and sockets of a daemon that is gone, also where its number is another process's now. */
function removeLeftovers(pidFile: string, program: string, sockets: readonly string[]): void {
  const pid = readFirstLine(pidFile);
  if (pid !== "" && readFirstLine(`/proc/${Number(pid)}/comm`) === program) return;
  for (const file of [pidFile, ...sockets]) rmSync(file, { force: true, recursive: true });
}

function readFirstLine(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return "";
  }
}

function readTail(file: string): string {
  return lastLines(readFirstLine(file), 15);
}

async function waitFor(isTrue: () => Promise<boolean>, seconds: number): Promise<boolean> {
  for (let tries = 0; tries < seconds * 5; tries += 1) {
    if (await isTrue()) return true;
    await sleep(200);
  }
  return isTrue();
}

async function isListening(): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket);
    connection.on("connect", () => {
      connection.destroy();
      resolve(true);
    });
    connection.on("error", () => resolve(false));
  });
}
