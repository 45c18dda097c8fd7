import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { makeSample } from "../sample.ts";

/** How long an assistant waits for the answer to an edit, the static findings included. */
export interface HookTimes {
  readonly rounds: number;
  /** In milliseconds, of the whole process as the assistant sees it. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  /** Median of a Node process that does nothing, in milliseconds. */
  readonly bareNodeMs: number;
}

const CLI = join(import.meta.dirname, "../../dist/cli.cjs");

/** Sends an edit of the sample to the built program again and again, and a bare Node in turn with it. */
export async function benchHook(rounds = 20): Promise<HookTimes> {
  if (!existsSync(CLI)) throw new Error("Run `npm run build` first.");
  const folder = mkdtempSync(join(tmpdir(), "shipgate-bench-"));
  try {
    const { root } = await makeSample(join(folder, "sample"), { hook: null });
    execFileSync("git", ["-C", root, "status", "--short"]);
    const hook: number[] = [];
    const bare: number[] = [];
    // The first round fills caches and is not counted.
    for (let round = 0; round <= rounds; round += 1) {
      writeFileSync(join(root, "src/bench.ts"), `export const round = ${round};\n`);
      const hookMs = time(() => run([CLI, "hook", "claude-code"], eventOf(root, round)));
      const bareMs = time(() => run(["-e", "0"], ""));
      if (round === 0) continue;
      hook.push(hookMs);
      bare.push(bareMs);
    }
    return {
      rounds,
      p50Ms: quantile(hook, 0.5),
      p95Ms: quantile(hook, 0.95),
      bareNodeMs: quantile(bare, 0.5),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function eventOf(root: string, round: number): string {
  const file_path = join(root, "src/bench.ts");
  return JSON.stringify({
    session_id: "bench",
    cwd: root,
    hook_event_name: "PostToolUse",
    tool_name: "Write",
    tool_use_id: `toolu_${round}`,
    tool_input: { file_path, content: `export const round = ${round};\n` },
    tool_response: { originalFile: round === 0 ? null : `export const round = ${round - 1};\n` },
  });
}

function run(args: readonly string[], input: string): void {
  const { status, stderr } = spawnSync(process.execPath, args, { input, encoding: "utf8" });
  if (status !== 0 || stderr !== "") throw new Error(`The hook ended with ${status}: ${stderr}`);
}

function time(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function quantile(values: readonly number[], share: number): number {
  const at = Math.min(values.length - 1, Math.floor(values.length * share));
  return Math.round(values.toSorted((a, b) => a - b)[at] ?? Number.NaN);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) console.log(await benchHook());
