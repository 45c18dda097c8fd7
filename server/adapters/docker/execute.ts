import { randomUUID } from "node:crypto";

import { readTrace, type TraceReader } from "../../core/observe/strace-reader.ts";
import { exitCode, type Trace } from "../../core/observe/trace.ts";
import type { Limits, RunEnd } from "../../core/run.ts";
import type { KeeperReport } from "./keeper-client.ts";
import { PROBE_PROGRAM } from "./keeper/protocol.ts";
import type { LaunchOrder } from "./launch-order.ts";
import type { BoxOutput, Pair } from "./pair.ts";
import { createTraceCut } from "./strace.ts";

/** What came of a command that was run in a pair. */
export interface Outcome {
  readonly end: RunEnd;
  /** What the command printed, up to the limit. */
  readonly output: Buffer;
  readonly trace: Trace;
  readonly keeper: KeeperReport;
  readonly durationMs: number;
}

/** Bytes of trace after which a run is ended: the observer's output is output too. */
const MOST_TRACE = 268_435_456;

/** What a first process leaves behind gets this long to end by itself, in milliseconds. */
const GRACE = 200;

/** How long an engine may take to say that a box that ended is dead, in milliseconds. */
const PATIENCE = 10_000;

/** How long a keeper may take to read a full workspace, in milliseconds. */
const KEEPER_PATIENCE = 120_000;

/** What every command sees as its surroundings; nothing of them comes from this machine. */
const ENVIRONMENT = {
  PATH: "/usr/local/bin:/usr/bin:/bin",
  HOME: "/home/box",
  TMPDIR: "/tmp",
  LANG: "C.UTF-8",
  TERM: "dumb",
  NO_COLOR: "1",
  CI: "true",
  NODE_OPTIONS: `--require ${PROBE_PROGRAM}`,
  npm_config_cache: "/tmp/.npm",
  npm_config_update_notifier: "false",
  npm_config_fund: "false",
  npm_config_audit: "false",
} as const;

type Stop =
  | { readonly why: "ended" | "timeout" | "output-limit" | "cancelled" }
  | { readonly why: "lost"; readonly detail: string };

/** Runs a command in a pair to its end, whatever that is. The pair serves no second command. */
export async function execute(
  pair: Pair,
  command: readonly string[],
  limits: Limits,
  signal: AbortSignal,
): Promise<Outcome> {
  const marker = `/shipgate-${randomUUID()}`;
  const stop = Promise.withResolvers<Stop>();
  const recorder = createRecorder(limits, marker, (why) => stop.resolve({ why }));
  pair.setOutput(recorder);
  const started = performance.now();
  const timer = setTimeout(() => stop.resolve({ why: "timeout" }), limits.timeoutMs);
  const onAbort = (): void => stop.resolve({ why: "cancelled" });
  signal.addEventListener("abort", onAbort);
  void pair.box.closed.then(() => stop.resolve({ why: "ended" }));
  void pair.lost.then((detail) => stop.resolve({ why: "lost", detail }));
  try {
    const order: LaunchOrder = { argv: command, environment: ENVIRONMENT, marker };
    await pair.box.write(`${JSON.stringify(order)}\n`);
    const reason = await stop.promise;
    const durationMs = Math.round(performance.now() - started);
    const loss = reason.why === "lost" ? reason.detail : await endBox(pair, reason);
    const keeper = loss ?? (await compare(pair));
    const trace = recorder.finish();
    const outcome = { output: recorder.output(), trace, durationMs };
    if (typeof keeper === "string") {
      const end: RunEnd = { reason: "engine-lost", detail: keeper };
      return { ...outcome, end, keeper: pair.keeper.report() };
    }
    const end = await howItEnded(pair, reason, trace);
    // What was not all seen is no evidence: the observer's limit counts as the run's.
    const isWhole = !trace.overflowed && keeper.dropped === 0;
    const isCut = end.reason === "exited" && !isWhole;
    return { ...outcome, end: isCut ? { reason: "output-limit" } : end, keeper };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

interface Recorder extends BoxOutput {
  output(): Buffer;
  finish(): Trace;
}

/** Keeps output and trace within their limits, and says when one of them, or the program, is at its end. */
function createRecorder(
  limits: Limits,
  marker: string,
  stop: (why: "ended" | "output-limit") => void,
): Recorder {
  const reader: TraceReader = readTrace();
  const cut = createTraceCut(marker, (text) => reader.push(text));
  const pieces: Buffer[] = [];
  let [length, traced] = [0, 0];
  let grace: NodeJS.Timeout | undefined;
  return {
    onOutput: (piece) => {
      if (length < limits.outputBytes) pieces.push(piece.subarray(0, limits.outputBytes - length));
      length += piece.length;
      if (length > limits.outputBytes) stop("output-limit");
    },
    onTrace: (piece) => {
      traced += piece.length;
      if (traced > MOST_TRACE) return stop("output-limit");
      cut(piece);
      if (reader.hasEnded()) grace ??= setTimeout(() => stop("ended"), GRACE);
    },
    output: () => Buffer.concat(pieces),
    finish: () => {
      clearTimeout(grace);
      return reader.finish();
    },
  };
}

/** Sees the box dead; gives the reason where the engine was lost meanwhile, else null. */
async function endBox(pair: Pair, { why }: Stop): Promise<string | null> {
  const { container } = pair.box;
  const late = Promise.withResolvers<string>();
  const timer = setTimeout(() => late.resolve("the engine did not end the box"), PATIENCE);
  const dead = Promise.all([pair.box.closed, pair.events.died(container.id)]).then(() => null);
  // Its streams end before its death is told: what ended by itself is not killed for that.
  const isEnding = why === "ended" && (await isSettled(pair.box.closed));
  // It may end by itself in the meantime, which is as well.
  if (!isEnding) void container.kill().catch(() => undefined);
  try {
    return await Promise.race([dead, pair.lost, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** What the keeper saw; the reason in words where it does not tell. */
async function compare(pair: Pair): Promise<KeeperReport | string> {
  const late = Promise.withResolvers<string>();
  const timer = setTimeout(() => late.resolve("the keeper did not answer"), KEEPER_PATIENCE);
  const answer = pair.keeper.compare().catch(({ message }: Error) => message);
  return Promise.race([answer, late.promise]).finally(() => clearTimeout(timer));
}

async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const open = Symbol("open");
  return (await Promise.race([promise, Promise.resolve(open)])) !== open;
}

async function howItEnded(pair: Pair, stop: Stop, trace: Trace): Promise<RunEnd> {
  const code = exitCode(trace.end);
  // The kernel's word on memory may come after the one on the death.
  const mayBeMemory = code === null || code === 137;
  if (mayBeMemory && stop.why === "ended")
    await new Promise((resolve) => setTimeout(resolve, GRACE));
  if (pair.events.ranOutOfMemory(pair.box.container.id)) return { reason: "out-of-memory" };
  switch (stop.why) {
    case "timeout":
    case "output-limit":
    case "cancelled":
      return { reason: stop.why };
    case "lost":
      return { reason: "engine-lost", detail: stop.detail };
    case "ended":
      return code === null ? { reason: "tampered" } : { reason: "exited", code };
  }
}
