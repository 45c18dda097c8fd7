import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { connectEngine, type Engine } from "../../server/adapters/docker/engine.ts";
import { LABEL, OWNER } from "../../server/adapters/docker/labels.ts";
import { createDockerSandbox } from "../../server/adapters/docker/sandbox.ts";
import { openRepository } from "../../server/adapters/git/repository.ts";
import type { Digest } from "../../server/core/digest.ts";
import type { Behaviour, Limits, RunRecord, RunRequest } from "../../server/core/run.ts";
import type { Repository, Sandbox } from "../../server/engine/ports.ts";
import { quiet } from "../adapters/quiet-log.ts";
import { makeRepository } from "../adapters/scratch-repository.ts";

/** The engine of this machine; null where there is none, which is said aloud. */
export const engine: Engine | null = await connectEngine().catch((error: unknown) => {
  console.warn(`Skipped, no container engine: ${String(error)}`);
  return null;
});

export const LIMITS: Limits = {
  memoryBytes: 256 * 1_048_576,
  cpus: 1,
  pids: 64,
  timeoutMs: 30_000,
  outputBytes: 1_048_576,
  workspaceBytes: 32 * 1_048_576,
  workspaceFiles: 2000,
};

/** A file by its text or its bytes, or a link by its target. */
export type Files = Readonly<
  Record<
    string,
    | string
    | { readonly link: string }
    | { readonly script: string }
    | { readonly binary: Uint8Array }
  >
>;

export interface Tree {
  readonly repository: Repository;
  readonly tree: string;
}

export function makeSandbox(connect?: () => Promise<Engine>): Sandbox {
  return createDockerSandbox({
    clock: { now: () => new Date().toISOString() },
    log: quiet,
    ...(connect && { connect }),
  });
}

/** A real repository with one commit of these files. */
export async function makeTree(files: Files): Promise<Tree> {
  const { root, git, commitAll } = makeRepository();
  for (const [path, content] of Object.entries(files)) {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    if (typeof content === "string") writeFileSync(file, content);
    else if ("link" in content) symlinkSync(content.link, file);
    else {
      writeFileSync(file, "script" in content ? content.script : content.binary);
      chmodSync(file, 0o755);
    }
  }
  commitAll();
  return {
    repository: await openRepository(root, { log: quiet }),
    tree: git("rev-parse", "HEAD^{tree}").trim(),
  };
}

/** A request for the image with a shell and tools. */
export async function makeRequest(
  sandbox: Sandbox,
  tree: string,
  command: readonly string[],
  limits: Partial<Limits> = {},
): Promise<RunRequest> {
  const image: Digest = await sandbox.prepareImage(
    "node-24",
    () => undefined,
    new AbortController().signal,
  );
  return { tree, image, dependencies: null, command, limits: { ...LIMITS, ...limits } };
}

/** Runs a command on these files in a box of this machine's engine. */
export async function runInBox(
  files: Files,
  command: readonly string[],
  limits: Partial<Limits> = {},
): Promise<RunRecord> {
  const sandbox = makeSandbox();
  const { repository, tree } = await makeTree({ "package.json": "{}", ...files });
  const request = await makeRequest(sandbox, tree, command, limits);
  return sandbox.run(repository, request, () => undefined, new AbortController().signal);
}

/** Behaviours of one kind. */
export function seen<K extends Behaviour["kind"]>(
  record: RunRecord,
  kind: K,
): Extract<Behaviour, { kind: K }>[] {
  return record.behaviours.filter(
    (one): one is Extract<Behaviour, { kind: K }> => one.kind === kind,
  );
}

/** Ids of all containers and names of all volumes on the engine that a process made. */
export async function leftBy(pid: number): Promise<string[]> {
  if (!engine) return [];
  const filters = { label: [LABEL] };
  const isTheirs = ({ Labels }: { Labels?: Record<string, string> }): boolean =>
    Labels?.[OWNER]?.split("/")[1] === String(pid);
  const containers = await engine.docker.listContainers({ all: true, filters });
  const { Volumes } = await engine.docker.listVolumes({ filters });
  return [
    ...containers.filter(isTheirs).map(({ Id }) => Id),
    ...Volumes.filter(isTheirs).map(({ Name }) => Name),
  ];
}
