import { access, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";

import type Docker from "dockerode";

import { connectEngine } from "../../server/adapters/docker/engine.ts";
import type { BuildOptions } from "../../server/adapters/images/build.ts";
import type { AddedFile } from "../../server/adapters/images/layers.ts";

/** Label of everything that these tests start. */
const LABEL = "dev.shipgate.test-images";

/** The engine of this machine; null, said aloud, where there is none. */
export async function engineOrSkip(): Promise<Docker | null> {
  try {
    return (await connectEngine()).docker;
  } catch (error) {
    console.warn(`skipped: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

/** Whether this machine has Debian's own tools; says aloud where not. */
export async function hasApt(): Promise<boolean> {
  try {
    await access("/etc/debian_version");
    return true;
  } catch {
    console.warn("skipped: this machine has no apt");
    return false;
  }
}

/** Options of a build with folders of its own, and what it said. */
export interface Bench {
  readonly options: BuildOptions & { readonly cacheDir: string; readonly stateDir: string };
  readonly said: string[];
  readonly remove: () => Promise<void>;
}

export async function makeBench(engine: Docker): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), "shipgate-images-"));
  const said: string[] = [];
  return {
    said,
    options: {
      engine,
      cacheDir: join(folder, "cache"),
      stateDir: join(folder, "state"),
      progress: (message) => said.push(message),
      signal: new AbortController().signal,
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Runs a program of an image with everything taken away, as the sandbox would; gives what it said. */
export async function runIn(
  engine: Docker,
  image: string,
  argv: readonly string[],
): Promise<{ readonly code: number; readonly output: string }> {
  const container = await engine.createContainer({
    Image: image,
    Entrypoint: [argv[0] ?? ""],
    Cmd: argv.slice(1),
    Labels: { [LABEL]: "1" },
    HostConfig: { NetworkMode: "none", CapDrop: ["ALL"], ReadonlyRootfs: true },
  });
  try {
    const stream = await container.attach({ stream: true, stdout: true, stderr: true });
    const both = new PassThrough();
    container.modem.demuxStream(stream, both, both);
    stream.on("end", () => both.end());
    await container.start();
    const { StatusCode } = (await container.wait()) as { StatusCode: number };
    return {
      code: StatusCode,
      output: Buffer.concat((await both.toArray()) as Buffer[]).toString(),
    };
  } finally {
    await container.remove({ force: true });
  }
}

/** Why plain apt in a container of this image knows no packages; null where it does. Says nothing of our own settings. */
export async function aptProblem(engine: Docker, image: string): Promise<string | null> {
  const script = "apt-get update -qq 2>&1; apt-cache show libstdc++6 >/dev/null 2>&1";
  const container = await engine.createContainer({
    Image: image,
    Entrypoint: ["sh"],
    Cmd: ["-c", script],
    User: "0:0",
    Tty: true,
    Labels: { [LABEL]: "1" },
  });
  try {
    await container.start();
    const { StatusCode } = (await container.wait()) as { StatusCode: number };
    if (StatusCode === 0) return null;
    const said = await container.logs({ stdout: true, stderr: true });
    return `this machine's package sources do not work in a container: ${said.toString()}`;
  } finally {
    await container.remove({ force: true });
  }
}

/** The machine's own package sources, for an image in which apt is to run. */
export async function aptSources(): Promise<AddedFile[]> {
  const files: AddedFile[] = [];
  for (const folder of ["/etc/apt", "/etc/apt/sources.list.d"])
    for (const name of await readdir(folder).catch(() => []))
      if (/\.(?:sources|list)$/.test(name)) {
        const path = join(folder, name);
        files.push({ path, mode: 0o644, content: await readFile(path) });
      }
  return files;
}
