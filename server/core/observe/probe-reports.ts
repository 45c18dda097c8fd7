import { z } from "zod";

import type { StackFrame } from "../run.ts";
import { repoPathOf } from "./workspace-paths.ts";

/** Most reports that are read of one run. */
export const MOST_REPORTS = 5000;
const LONGEST_LINE = 16_384;
const MOST_FRAMES = 20;

const Report = z.object({
  kind: z.enum(["start", "connect", "lookup", "process"]),
  pid: z.int().min(1).max(4_194_304),
  /** `host:port`, a name, or the file of a program. */
  target: z.string().max(2048),
  stack: z
    .array(
      z.object({
        file: z.string().max(2048),
        line: z.int().min(1).max(10_000_000),
        column: z.int().min(1).max(10_000_000),
      }),
    )
    .max(64),
});

/** What a language probe says about a behaviour. The program could have forged it: a hint, never proof. */
export interface ProbeReport {
  /** `start`: the probe is at work in a process from here on. */
  readonly kind: "start" | "connect" | "lookup" | "process";
  /** The process that says it. */
  readonly pid: number;
  readonly target: string;
  /** Frames inside the repository and its packages, nearest first. */
  readonly stack: readonly StackFrame[];
}

/** Reads a probe's JSON lines. Hostile: what is not a report, or too long, or too much, is dropped. */
export function readProbeReports(text: string): ProbeReport[] {
  const reports: ProbeReport[] = [];
  for (const line of text.split("\n")) {
    if (reports.length >= MOST_REPORTS) break;
    const report = line === "" || line.length > LONGEST_LINE ? null : parseReport(line);
    if (report !== null) reports.push(report);
  }
  return reports;
}

function parseReport(line: string): ProbeReport | null {
  let report: z.infer<typeof Report>;
  try {
    report = Report.parse(JSON.parse(line));
  } catch {
    return null;
  }
  const stack: StackFrame[] = [];
  for (const frame of report.stack) {
    const path = repoPathOf(frame.file);
    if (path !== null && stack.length < MOST_FRAMES)
      stack.push({ path, line: frame.line, column: frame.column });
  }
  return { kind: report.kind, pid: report.pid, target: report.target, stack };
}
