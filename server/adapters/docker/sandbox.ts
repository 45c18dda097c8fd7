import type { Digest } from "../../core/digest.ts";
import type { Limits, RunRequest } from "../../core/run.ts";
import type { Clock, Log, Progress, Repository, Sandbox } from "../../engine/ports.ts";
import type { PairSettings } from "./containers.ts";
import { createDependencyLayer, type DependencyLayer } from "./dependencies.ts";
import { connectEngine, type Engine, engineFailed } from "./engine.ts";
import { findImage } from "./find-image.ts";
import { ownLabels } from "./labels.ts";
import { openPair } from "./pair.ts";
import { runInPair } from "./run-in-pair.ts";
import { sweepEngine } from "./sweep.ts";
import { planWorkspace, type WorkspacePlan } from "./workspace.ts";

/** What a sandbox is made from. */
export interface DockerSandboxOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Where the engine is; left out: found as Docker's own tools do. */
  readonly connect?: () => Promise<Engine>;
  /** How dependencies get into the box; left out: as its lock file says. */
  readonly dependencies?: DependencyLayer;
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

const silent: Progress = () => undefined;

/** The sandbox on a Docker-compatible engine: a keeper and a box for each run, through the engine's API alone. */
export function createDockerSandbox(options: DockerSandboxOptions): Sandbox {
  const { clock, log, dependencies: layers = createDependencyLayer() } = options;
  let connecting: Promise<Engine> | null = null;
  let keeper: Digest | null = null;
  let swept: Promise<void> | null = null;
  const connect = (): Promise<Engine> => {
    connecting ??= (options.connect ?? connectEngine)().catch((error: unknown) => {
      connecting = null;
      throw error;
    });
    return connecting;
  };
  const image = async (name: string, progress: Progress, signal: AbortSignal): Promise<Digest> => {
    const engine = await connect();
    return findImage(engine, name, progress, signal);
  };
  const open = async (
    boxImage: Digest,
    limits: Limits,
    key: Digest | null,
    signal: AbortSignal,
  ) => {
    const engine = await connect();
    // Beside the first box, so that the leftovers of a killed process cost no time of anybody.
    swept ??= sweepBeside(engine, log);
    // It cannot change while we run, and looking it up takes a tenth of a start.
    keeper ??= await image("keeper", silent, signal);
    const lifetimeMs = limits.timeoutMs + MARGIN;
    const dependencies = key === null ? null : layers.mountOf(key);
    const labels = ownLabels(lifetimeMs);
    const settings: PairSettings = {
      keeperImage: keeper,
      boxImage,
      limits,
      labels,
      lifetimeMs,
      dependencies,
    };
    try {
      return { engine, pair: await openPair(engine, settings) };
    } catch (error) {
      keeper = null;
      throw error;
    }
  };
  return {
    prepareImage: image,
    prepareDependencies: async (repository, tree, boxImage, progress, signal) =>
      layers.prepare(await connect(), repository, tree, boxImage, progress, signal),
    run: async (repository, request, progress, signal) => {
      const planned = planTree(repository, request, signal);
      planned.catch(() => undefined);
      progress("Starting a box");
      const { image: boxImage, limits, dependencies } = request;
      const { engine, pair } = await open(boxImage, limits, dependencies, signal);
      try {
        const plan = await planned;
        const common = { repository, request, progress, signal, clock, log };
        return await runInPair({ ...common, pair, engine: engine.name, plan });
      } finally {
        // Closing cuts the connection at once, which ends both; nobody has to wait for the removal.
        void pair.close();
        await swept;
      }
    },
    probe: async (signal) => {
      const boxImage = await image(PROBE_IMAGE, silent, signal);
      const { engine, pair } = await open(boxImage, PROBE_LIMITS, null, signal);
      try {
        return { level: "container", engine: engine.name, selfTest: await pair.selfTest };
      } catch (error) {
        throw engineFailed("started a box that could not test itself", error);
      } finally {
        await pair.close();
        await swept;
      }
    },
    sweep: async () => sweepEngine((await connect()).docker),
  };
}

/** A sweep that fails is no reason not to run. */
async function sweepBeside(engine: Engine, log: Log): Promise<void> {
  try {
    const removed = await sweepEngine(engine.docker);
    if (removed > 0) log.info("Removed what a killed process left behind.", { removed });
  } catch (error) {
    log.debug("Could not sweep leftovers.", { reason: String(error) });
  }
}

async function planTree(
  repository: Repository,
  { tree, limits }: RunRequest,
  signal: AbortSignal,
): Promise<WorkspacePlan> {
  return planWorkspace(await repository.listTree(tree, signal), limits);
}
