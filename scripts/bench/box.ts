import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

import { createDockerSandbox, type DockerSandbox } from "../../server/adapters/docker/sandbox.ts";
import { openRepository } from "../../server/adapters/git/repository.ts";
import type { Digest } from "../../server/core/digest.ts";
import type { Limits } from "../../server/core/run.ts";
import type { Log } from "../../server/engine/ports.ts";
import { median, type Row, time } from "./measure.ts";

const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} };
const LIMITS: Limits = {
  memoryBytes: 512 * 1_048_576,
  cpus: 2,
  pids: 256,
  timeoutMs: 60_000,
  outputBytes: 1_048_576,
  workspaceBytes: 64 * 1_048_576,
  workspaceFiles: 4000,
};
/** The engine removes what has ended a moment later; that is not to fall on the next, in milliseconds. */
const SETTLE = 500;

const COMMAND = ["node", "-e", "console.log(require('fs').readdirSync('.').length)"];

/**
 * Start to finish of a new box and of one from the pool against the engine's own client with the
 * same workspace (5 MB) and limits; in turn, so that what else the machine does falls on all.
 */
export async function benchBox(rounds = 9): Promise<readonly Row[]> {
  const root = mkdtempSync(join(tmpdir(), "shipgate-bench-"));
  try {
    const tree = makeWorkspace(root);
    const clock = { now: () => new Date().toISOString() };
    const sandbox = createDockerSandbox({ clock, log: quiet });
    const pooled = createDockerSandbox({ clock, log: quiet, keepReady: 1 });
    const { signal } = new AbortController();
    const repository = await openRepository(root, { log: quiet });
    const image = await sandbox.prepareImage("node-24", () => undefined, signal);
    const request = { tree, image, dependencies: null, command: COMMAND, limits: LIMITS };
    const runIn = async (one: DockerSandbox): Promise<void> => {
      const { end } = await one.run(repository, request, () => undefined, signal);
      if (end.reason !== "exited" || end.code !== 0)
        throw new Error(`The box ended: ${JSON.stringify(end)}`);
    };
    const [box, ready, docker]: [number[], number[], number[]] = [[], [], []];
    // The first round fills caches on all sides and is not counted.
    for (let round = 0; round <= rounds; round += 1) {
      const boxMs = await time(() => runIn(sandbox));
      await setTimeout(SETTLE);
      const pooledMs = await time(() => runIn(pooled));
      await pooled.settled();
      await setTimeout(SETTLE);
      const dockerMs = await time(() => dockerRun(root, image));
      if (round === 0) continue;
      box.push(boxMs);
      ready.push(pooledMs);
      docker.push(dockerMs);
    }
    await pooled.close();
    const against = (times: readonly number[]): number =>
      median(times.map((each, at) => each / (docker[at] ?? Number.NaN)));
    return [
      { what: "box, start to finish, median", measured: median(box), unit: "ms", budget: null },
      { what: "box from the pool, median", measured: median(ready), unit: "ms", budget: null },
      { what: "docker run --rm -i, median", measured: median(docker), unit: "ms", budget: null },
      { what: "box against docker run, cold keeper", measured: against(box), unit: "×", budget: 1 },
      { what: "box against docker run, pool", measured: against(ready), unit: "×", budget: 0.5 },
    ];
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** 500 files of 10 KB in 20 folders, as one commit. */
function makeWorkspace(root: string): string {
  const git = (...args: string[]): string =>
    execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();
  for (let index = 0; index < 500; index += 1) {
    const folder = join(root, `folder-${index % 20}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `file-${index}.js`), `// ${index}\n`.repeat(1200));
  }
  git("init", "-q");
  git("add", "-A");
  git(
    "-c",
    "user.name=Bench",
    "-c",
    "user.email=bench@registry.example",
    "commit",
    "-qm",
    "Workspace",
  );
  return git("rev-parse", "HEAD^{tree}");
}

/** What a careful person types: the same limits, the workspace as a tar on stdin, no observation. */
function dockerRun(root: string, image: Digest): Promise<void> {
  const command = COMMAND.map((part) => `'${part.replaceAll("'", String.raw`'\''`)}'`).join(" ");
  const script = `tar -x -f - && exec ${command}`;
  const workspace = `rw,exec,size=${LIMITS.workspaceBytes},uid=65532,gid=65532,mode=0755`;
  const { memoryBytes, cpus, pids } = LIMITS;
  const limits = `--memory ${memoryBytes} --cpus ${cpus} --pids-limit ${pids}`;
  const confined = "--network none --read-only --cap-drop ALL --security-opt no-new-privileges";
  const args = `${limits} ${confined} --user 65532:65532 --workdir /workspace`.split(" ");
  args.push("--tmpfs", `/workspace:${workspace}`, "--entrypoint", "/bin/sh");
  const docker = spawn("docker", ["run", "--rm", "-i", ...args, image, "-c", script], {
    stdio: ["pipe", "ignore", "inherit"],
  });
  const archive = spawn("git", ["archive", "--format=tar", "HEAD"], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  });
  archive.stdout.pipe(docker.stdin);
  return new Promise((resolve, reject) => {
    docker.on("error", reject);
    docker.on("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`docker run ended with ${code}.`)),
    );
  });
}
