import { addressOf } from "../../core/digest.ts";
import { printable } from "../../core/printable.ts";
import type { Isolation, RunRecord, RunRequest } from "../../core/run.ts";
import { cancelled, GateError } from "../../engine/errors.ts";
import type { Clock, Progress } from "../../engine/ports.ts";
import { execute } from "./execute.ts";
import type { Pair } from "./pair.ts";
import { recordOutcome } from "./record.ts";
import { missingProofs, NOTHING_PROVEN } from "./self-test.ts";

/** One request and what it is run with. */
export interface RunInPair {
  readonly pair: Pair;
  /** The engine as it names itself. */
  readonly engine: string;
  readonly request: RunRequest;
  /** The tree as a tar stream. */
  readonly workspace: AsyncIterable<Buffer>;
  readonly clock: Clock;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Loads the tree, has the box prove itself, and runs the command. An engine that is lost on the way
 * is an end of the run like others. Throws GateError `cancelled`, and `engine-failed` where the box
 * could not prove its isolation: then nothing was run.
 */
export async function runInPair(run: RunInPair): Promise<RunRecord> {
  const { pair, request, clock, progress, signal } = run;
  const startedAt = clock.now();
  let selfTest = NOTHING_PROVEN;
  const record = (ended: ReturnType<typeof recordOutcome>): RunRecord => ({
    schemaVersion: 1,
    key: addressOf(request),
    request,
    isolation: { level: "container", engine: run.engine, selfTest },
    startedAt,
    peakMemoryBytes: null,
    ...ended,
  });
  try {
    progress("Loading the workspace");
    [selfTest] = await untilAborted(
      signal,
      Promise.all([pair.selfTest, pair.keeper.load(run.workspace)]),
    );
    requireProof(selfTest);
    progress(`Running ${printable(request.command.join(" "))}`);
    const outcome = await execute(pair, request.command, request.limits, signal);
    if (outcome.end.reason === "cancelled") throw cancelled("The run");
    return record(recordOutcome(outcome));
  } catch (error) {
    if (signal.aborted) throw cancelled("The run");
    if (GateError.is(error)) throw error;
    const detail = await pair.lossSoFar();
    if (detail === null) throw error;
    return record({ end: { reason: "engine-lost", detail }, ...NOTHING_SEEN });
  }
}

const NOTHING_SEEN = { durationMs: 0, tests: [], behaviours: [], outputTail: "" } as const;

/** Nothing hostile is started in a box that did not prove what it is. */
function requireProof(selfTest: Isolation["selfTest"]): void {
  const missing = missingProofs(selfTest);
  if (missing.length === 0) return;
  throw new GateError(
    "engine-failed",
    `The box did not prove its isolation: ${missing.join("; ")}.`,
    {
      remedy:
        "Run `shipgate sandbox doctor`. A rootless engine needs cgroup v2 to apply limits; choose another engine with DOCKER_HOST where this one cannot protect.",
    },
  );
}

async function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(new Error("aborted"));
  signal.addEventListener("abort", onAbort);
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
