import type { Change } from "../core/change.ts";
import { addressOf } from "../core/digest.ts";
import type { Policy } from "../core/policy/policy.ts";
import type { RunRecord, RunRequest, RunsOutcome } from "../core/run.ts";
import { GateError } from "./errors.ts";
import type { Ports, Progress } from "./ports.ts";

interface RunOptions {
  readonly sandbox: "run" | "cached";
  /** What is run instead of what the policy says. */
  readonly command?: readonly string[];
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Runs base and head of a change in identical boxes, or finds the kept results of an earlier run of
 * exactly the same content. Whatever stands in the way of a run becomes `missing` with its reason;
 * only `cancelled` and our own bugs are thrown.
 */
export async function runBaseAndHead(
  ports: Ports,
  change: Change,
  policy: Policy,
  options: RunOptions,
): Promise<RunsOutcome> {
  if (change.files.length === 0) {
    return { kind: "missing", reason: "Nothing was changed.", remedy: "Nothing needs to be run." };
  }
  try {
    const command =
      options.command ??
      policy.sandbox.command ??
      (await projectCommand(ports, change, options.signal));
    const plan = addressOf({
      base: change.base.tree,
      head: change.head.tree,
      image: policy.sandbox.image,
      command,
      limits: policy.sandbox.limits,
    });
    const kept = await keptRuns(ports, plan);
    if (kept) return kept;
    if (options.sandbox === "cached") {
      return {
        kind: "missing",
        reason: "This exact change has not been run in the sandbox.",
        remedy: "Run the change in the sandbox.",
      };
    }
    const pair = await runPair(ports, change, policy, command, options);
    await ports.runs.writePair(plan, { base: pair.base.key, head: pair.head.key });
    return { kind: "done", ...pair };
  } catch (error) {
    if (!GateError.is(error) || error.code === "cancelled") throw error;
    return { kind: "missing", reason: error.message, remedy: error.remedy };
  }
}

async function keptRuns(ports: Ports, plan: RunRecord["key"]): Promise<RunsOutcome | null> {
  const pair = await ports.runs.readPair(plan);
  if (!pair) return null;
  const [base, head] = await Promise.all([ports.runs.read(pair.base), ports.runs.read(pair.head)]);
  return base && head ? { kind: "done", base, head } : null;
}

async function runPair(
  ports: Ports,
  change: Change,
  policy: Policy,
  command: readonly string[],
  { progress, signal }: RunOptions,
): Promise<{ readonly base: RunRecord; readonly head: RunRecord }> {
  const { sandbox, repository } = ports;
  progress("Preparing the image", 0);
  const image = await sandbox.prepareImage(policy.sandbox.image, progress, signal);
  const request = async (tree: string): Promise<RunRequest> => ({
    tree,
    image,
    dependencies: await sandbox.prepareDependencies(repository, tree, image, progress, signal),
    command,
    limits: policy.sandbox.limits,
  });
  progress("Preparing the dependencies", 0.2);
  const baseRequest = await request(change.base.tree);
  const headRequest = await request(change.head.tree);
  progress("Running base and head", 0.4);
  const [base, head] = await bothOrNeither(signal, (shared) => [
    runOnce(ports, baseRequest, progress, shared),
    runOnce(ports, headRequest, progress, shared),
  ]);
  return { base, head };
}

/** Waits for two runs; when one fails for a reason outside the program, the other is stopped. */
async function bothOrNeither<T>(
  signal: AbortSignal,
  start: (signal: AbortSignal) => readonly [Promise<T>, Promise<T>],
): Promise<readonly [T, T]> {
  const failed = new AbortController();
  const runs = start(AbortSignal.any([signal, failed.signal]));
  try {
    return await Promise.all(runs);
  } catch (error) {
    failed.abort();
    await Promise.allSettled(runs);
    throw error;
  }
}

async function runOnce(
  ports: Ports,
  request: RunRequest,
  progress: Progress,
  signal: AbortSignal,
): Promise<RunRecord> {
  const kept = await ports.runs.read(addressOf(request));
  if (kept) return kept;
  const record = await ports.sandbox.run(ports.repository, request, progress, signal);
  if (!isConclusive(record)) return record;
  await ports.runs.write(record);
  await ports.journal.append({ kind: "run", record: addressOf(record) });
  return record;
}

/** Whether a record tells of the program and not of an accident around it; only such a record is kept. */
function isConclusive(record: RunRecord): boolean {
  switch (record.end.reason) {
    case "exited":
    case "timeout":
    case "out-of-memory":
    case "output-limit":
      return true;
    case "tampered":
    case "cancelled":
    case "engine-lost":
      return false;
  }
}

/** The command that tests the project, from its manifest at head. Throws GateError `no-command`. */
async function projectCommand(
  ports: Ports,
  change: Change,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const [manifest] = await ports.repository.findInTree(change.head.tree, ["package.json"], signal);
  const texts = manifest ? await ports.repository.readTexts([manifest.blob], signal) : new Map();
  const text = manifest && texts.get(manifest.blob);
  if (text !== undefined && hasTestScript(text)) return ["npm", "test"];
  throw new GateError("no-command", "Nothing says how this project is tested.", {
    remedy:
      "Set `sandbox.command` in shipgate.yaml, or add a test script to package.json, on the base branch.",
  });
}

function hasTestScript(manifest: string): boolean {
  try {
    const { scripts } = JSON.parse(manifest) as { scripts?: { test?: unknown } };
    return typeof scripts?.test === "string";
  } catch {
    return false;
  }
}
