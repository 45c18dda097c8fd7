import type { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";

import type { Digest } from "../../core/digest.ts";
import type { Limits, RunRequest } from "../../core/run.ts";
import { cancelled } from "../../engine/errors.ts";
import type { Clock, Log, Progress, Repository, Sandbox } from "../../engine/ports.ts";
import { createDependencyLayer, type DependencyLayer } from "./dependencies.ts";
import { connectEngine, type Engine, engineFailed } from "./engine.ts";
import { findImage } from "./find-image.ts";
import { ownLabels } from "./labels.ts";
import { openPair, type Pair } from "./pair.ts";
import { createPool, type PairKind } from "./pool.ts";
import { runInPair } from "./run-in-pair.ts";
import { sweepEngine } from "./sweep.ts";
import { packWorkspace, planWorkspace } from "./workspace.ts";

/** What a sandbox is made from. */
export interface DockerSandboxOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Where the engine is; left out: found as Docker's own tools do. */
  readonly connect?: () => Promise<Engine>;
  /** How dependencies get into the box; left out: as its lock file says. */
  readonly dependencies?: DependencyLayer;
  /** How many pairs of the kind that was used last are kept ready for the next run; left out: none. */
  readonly keepReady?: number;
}

/** A sandbox that may hold pairs ready. */
export interface DockerSandbox extends Sandbox {
  /** Waits until no more pairs are being made ready, for who measures. */
  settled(): Promise<void>;
  /** Ends what waits. Without it, what waits ends with this process. */
  close(): Promise<void>;
}

/** What runs when nothing of a repository does: `sandbox doctor`. */
const PROBE_IMAGE = "node-24";
const PROBE_LIMITS: Limits = {
  memoryBytes: 268_435_456,
  cpus: 1,
  pids: 64,
  timeoutMs: 10_000,
  outputBytes: 65_536,
  workspaceBytes: 1_048_576,
  workspaceFiles: 100,
};

/** What opening and closing a pair may take beyond the run's own time, in milliseconds. */
const MARGIN = 600_000;

/** How long a pair is kept ready without being used, in milliseconds. */
const IDLE = 300_000;

/** How often a first sweep is repeated at most, and after how many milliseconds. */
const SWEEPS = 4;
const SWEEP_PAUSE = 300;

const silent: Progress = () => undefined;

/** The sandbox on a Docker-compatible engine: a keeper and a box for each run, through the engine's API alone. */
export function createDockerSandbox(options: DockerSandboxOptions): DockerSandbox {
  const { clock, log, dependencies: layers = createDependencyLayer() } = options;
  const source = createPairSource(options.connect ?? connectEngine, log);
  const pool = createPool({
    size: options.keepReady ?? 0,
    idleMs: IDLE,
    open: source.open,
    log,
  });
  let running = 0;
  const kindOf = async (request: Pick<RunRequest, "image" | "limits" | "dependencies">) => ({
    keeperImage: await source.keeperImage(),
    boxImage: request.image,
    limits: request.limits,
    dependencies: request.dependencies === null ? null : layers.mountOf(request.dependencies),
  });
  return {
    prepareImage: source.image,
    prepareDependencies: async (repository, tree, boxImage, progress, signal) =>
      layers.prepare(await source.connect(), repository, tree, boxImage, progress, signal),
    run: async (repository, request, progress, signal) => {
      const stop = new AbortController();
      const packed = packTree(repository, request, AbortSignal.any([signal, stop.signal]), log);
      packed.catch(() => undefined);
      progress("Starting a box");
      const kind = await kindOf(request);
      const opening = Promise.resolve(pool.take(kind) ?? source.open(kind));
      running += 1;
      try {
        const [pair, workspace] = await Promise.all([opening, packed]);
        const engine = (await source.connect()).name;
        return await runInPair({ request, progress, signal, clock, pair, engine, workspace });
      } catch (error) {
        if (signal.aborted) throw cancelled("The run");
        throw error;
      } finally {
        stop.abort();
        // Closing cuts the connection at once, which ends both; nobody has to wait for the removal.
        void opening.then((pair) => pair.close()).catch(() => undefined);
        running -= 1;
        // The next pairs are made ready when nothing runs that they would slow down.
        if (running === 0) pool.fill(kind);
        await source.swept();
      }
    },
    probe: async (signal) => {
      const { name } = await source.connect();
      const image = await source.image(PROBE_IMAGE, silent, signal);
      const pair = await source.open(
        await kindOf({ image, limits: PROBE_LIMITS, dependencies: null }),
      );
      try {
        return { level: "container", engine: name, selfTest: await pair.selfTest };
      } catch (error) {
        throw engineFailed("started a box that could not test itself", error);
      } finally {
        await pair.close();
        await source.swept();
      }
    },
    sweep: async () => sweepEngine((await source.connect()).docker),
    settled: () => pool.settled(),
    close: () => pool.close(),
  };
}

interface PairSource {
  readonly connect: () => Promise<Engine>;
  readonly image: Sandbox["prepareImage"];
  readonly keeperImage: () => Promise<Digest>;
  readonly open: (kind: PairKind) => Promise<Pair>;
  /** Waits for the sweep that began beside the first pair. */
  readonly swept: () => Promise<void>;
}

/** Opens pairs on one engine, which is looked for when it is first needed. */
function createPairSource(find: () => Promise<Engine>, log: Log): PairSource {
  let sweeping: Promise<void> | null = null;
  let connecting: Promise<Engine> | null = null;
  let keeper: Promise<Digest> | null = null;
  const connect = (): Promise<Engine> => {
    connecting ??= find().catch((error: unknown) => {
      connecting = null;
      throw error;
    });
    return connecting;
  };
  const image: PairSource["image"] = async (name, progress, signal) =>
    findImage(await connect(), name, progress, signal);
  return {
    connect,
    image,
    keeperImage: () => {
      // It cannot change while we run, and looking it up takes a tenth of a start.
      keeper ??= image("keeper", silent, new AbortController().signal).catch((error: unknown) => {
        keeper = null;
        throw error;
      });
      return keeper;
    },
    open: async (kind) => {
      const lifetimeMs = kind.limits.timeoutMs + MARGIN + IDLE;
      try {
        const labels = ownLabels(lifetimeMs);
        const engine = await connect();
        // Beside the first box, so that the leftovers of a killed process cost no time of anybody.
        sweeping ??= sweepBeside(engine, log);
        return await openPair(engine, { ...kind, lifetimeMs, labels });
      } catch (error) {
        keeper = null;
        throw error;
      }
    },
    swept: () => sweeping ?? Promise.resolve(),
  };
}

/**
 * Sweeps until there is nothing left: a volume outlives its container's removal by a moment. A sweep
 * that fails is no reason not to run.
 */
async function sweepBeside(engine: Engine, log: Log): Promise<void> {
  try {
    for (let pass = 0; pass < SWEEPS; pass += 1) {
      const removed = await sweepEngine(engine.docker);
      if (removed === 0) return;
      log.info("Removed what a killed process left behind.", { removed });
      await setTimeout(SWEEP_PAUSE);
    }
  } catch (error) {
    log.debug("Could not sweep leftovers.", { reason: String(error) });
  }
}

/** Begins to pack a tree, so that it is ready when a box is. */
async function packTree(
  repository: Repository,
  { tree, limits }: RunRequest,
  signal: AbortSignal,
  log: Log,
): Promise<Readable> {
  const plan = planWorkspace(await repository.listTree(tree, signal), limits);
  const onNote = (note: string): void => log.warn("Left out of the box.", { note });
  for (const note of plan.notes) onNote(note);
  return packWorkspace(repository, plan, signal, onNote);
}
