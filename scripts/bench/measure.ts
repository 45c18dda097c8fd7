import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { repositoryRoot } from "../setup/directories.ts";

/** One line of the table. */
export interface Row {
  readonly what: string;
  readonly measured: number;
  readonly unit: "ms" | "MB" | "×";
  /** What it must stay below; null for a number that is only stated. */
  readonly budget: number | null;
}

/** The bundles that users have. */
export const CLI = join(repositoryRoot, "dist", "cli.cjs");
export const SERVER = join(repositoryRoot, "dist", "server.cjs");

export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** The value below which a share of the values lies, by the nearest rank. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((share / 100) * sorted.length) - 1)] ?? Number.NaN;
}

/** Milliseconds that something takes. */
export async function time(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** What one process took: from start to end, its own processor time, and its memory at the peak. */
export interface ProcessCost {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakMb: number;
  readonly code: number | null;
}

/** Runs Node and has it tell at its end what it used itself, without what it started. */
export async function runNode(args: readonly string[], input = ""): Promise<ProcessCost> {
  const folder = mkdtempSync(join(tmpdir(), "shipgate-bench-"));
  try {
    const told = join(folder, "used.json");
    const probe = join(folder, "probe.cjs");
    const usage = "const u = process.resourceUsage();";
    const tell = `[(u.userCPUTime + u.systemCPUTime) / 1000, u.maxRSS / 1024]`;
    writeFileSync(
      probe,
      `process.on("exit", () => { ${usage} require("fs").writeFileSync(${JSON.stringify(told)}, JSON.stringify(${tell})); });`,
    );
    const start = performance.now();
    const child = spawn(process.execPath, ["--require", probe, ...args], {
      stdio: ["pipe", "ignore", "ignore"],
    });
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject).on("close", resolve);
    });
    const wallMs = performance.now() - start;
    const [cpuMs, peakMb] = JSON.parse(readFileSync(told, "utf8")) as [number, number];
    return { wallMs, cpuMs, peakMb, code };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A temporary folder for the time of some work. */
export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "shipgate-bench-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
