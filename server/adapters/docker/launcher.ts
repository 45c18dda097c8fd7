import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";

import { LAUNCHER_ENV } from "./launch-order.ts";
import type { LaunchOrder, SelfReport, SelfTestOrder } from "./launch-order.ts";

const ENV = "/usr/bin/env";

/**
 * The first program in the box, before anything hostile: tries what must be denied and tells how it
 * went, waits for the order, and becomes the command. What it prints comes before all output.
 */
async function launch(): Promise<void> {
  const test = readLine() as SelfTestOrder | null;
  if (!test) process.exit(0);
  writeSync(1, `${JSON.stringify(await testSelf(test.address, test.port))}\n`);
  const order = readLine() as LaunchOrder | null;
  if (!order) process.exit(0);
  becomeCommand(order);
}

async function testSelf(address: string, port: number): Promise<SelfReport> {
  const status = readFileSync("/proc/self/status", "utf8");
  const field = (name: string): string =>
    new RegExp(`^${name}:\\s*(.*)$`, "m").exec(status)?.[1]?.trim() ?? "";
  return {
    connect: await outcomeOfConnecting(address, port),
    writes: ["/shipgate-self-test", "/etc/shipgate-self-test", "/proc/sys/kernel/hostname"].map(
      outcomeOfWriting,
    ),
    user: field("Uid").split(/\s+/),
    group: field("Gid").split(/\s+/),
    capabilities: ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"].map(field),
    noNewPrivileges: field("NoNewPrivs"),
    seccomp: field("Seccomp"),
    memory: readFirst("memory/memory.limit_in_bytes", "memory.max"),
    pids: readFirst("pids/pids.max", "pids.max"),
    cpu: readFirst("cpu.max", "cpu/cpu.cfs_quota_us", "cpu,cpuacct/cpu.cfs_quota_us"),
  };
}

function outcomeOfConnecting(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2000 });
    const end = (outcome: string): void => {
      socket.destroy();
      resolve(outcome);
    };
    socket.on("connect", () => end("connected"));
    socket.on("timeout", () => end("timeout"));
    socket.on("error", (error: NodeJS.ErrnoException) => end(error.code ?? "error"));
  });
}

function outcomeOfWriting(path: string): string {
  try {
    closeSync(openSync(path, path.startsWith("/proc") ? "r+" : "wx"));
    return "written";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "error";
  }
}

function readFirst(...paths: string[]): string {
  const path = paths.map((name) => `/sys/fs/cgroup/${name}`).find((name) => existsSync(name));
  return path === undefined ? "" : readFileSync(path, "utf8").trim();
}

/** One line from the client; null where it left, as it does with a pair in reserve that it does not need. */
function readLine(): unknown {
  const bytes: number[] = [];
  const piece = Buffer.alloc(1);
  while (readSync(0, piece) > 0) {
    if (piece[0] === 10) return JSON.parse(Buffer.from(bytes).toString("utf8"));
    bytes.push(piece[0] ?? 0);
  }
  return null;
}

/**
 * The command gets no handle on the tracer's stream: its input is empty and its errors go where its
 * output goes. Node leaves two signals ignored in what it becomes; `env`, where there is one, mends that.
 */
function becomeCommand({ argv, environment, marker }: LaunchOrder): void {
  closeSync(0);
  openSync("/dev/null", "r");
  closeSync(2);
  openSync("/proc/self/fd/1", "w");
  try {
    unlinkSync(marker);
  } catch {
    // It never exists: the attempt alone is the mark in the trace.
  }
  if (existsSync(ENV)) process.execve?.(ENV, [...LAUNCHER_ENV, ...argv], environment);
  const [name = ""] = argv;
  const folders = name.includes("/") ? [""] : (environment["PATH"] ?? "").split(":");
  const path = folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
  if (path !== undefined) process.execve?.(path, argv, environment);
  writeSync(1, `${name}: No such file or directory\n`);
  process.exit(127);
}

void launch();
