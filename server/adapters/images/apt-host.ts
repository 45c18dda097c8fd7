import { access, copyFile, mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";

import { GateError } from "../../engine/errors.ts";
import { runCommand, streamCommand } from "./process.ts";

/** A place where Debian's tools run: this machine, or a container of a Debian image. */
export interface AptHost {
  /** How it is called in messages, such as `apt of this machine`. */
  readonly name: string;
  /** The build's own folder, as the tools see it. */
  readonly directory: string;
  /** The architecture of the host's own packages does not matter: nothing of them is executed. */
  run(argv: readonly string[], signal: AbortSignal): Promise<string>;
  /** Writes small files below `directory` and makes empty folders there. */
  prepare(
    files: Readonly<Record<string, string>>,
    folders: readonly string[],
    signal: AbortSignal,
  ): Promise<void>;
  /** Moves a file out of `directory` to a path of this process. */
  take(name: string, target: string, signal: AbortSignal): Promise<void>;
  /** One part of a .deb that lies at a path of this process, as a tar stream. */
  openDeb(path: string, part: "control" | "data", signal: AbortSignal): Promise<Readable>;
  close(): Promise<void>;
}

/** Debian's tools as this machine has them; null where it has none. */
export async function findLocalApt(
  directory: string,
  signal: AbortSignal,
): Promise<AptHost | null> {
  const environment = aptEnvironment(directory);
  await mkdir(directory, { recursive: true });
  const options = { cwd: directory, environment, signal };
  try {
    // Other systems can have these programs too, without sources to draw on.
    await access("/etc/debian_version");
    await runCommand(["dpkg-deb", "--version"], options);
    await runCommand(["apt-get", "--version"], options);
  } catch (error) {
    if (GateError.is(error)) throw error;
    return null;
  }
  return {
    name: "apt of this machine",
    directory,
    run: (argv, runSignal) => runCommand(argv, { ...options, signal: runSignal }),
    async prepare(files, folders) {
      for (const folder of folders) await mkdir(join(directory, folder), { recursive: true });
      // Settings can hold a proxy's password.
      for (const [name, text] of Object.entries(files))
        await writeFile(join(directory, name), text, { mode: 0o600 });
    },
    async take(name, target) {
      const source = join(directory, name);
      await rename(source, target).catch(() => copyFile(source, target));
    },
    openDeb: (path, part, runSignal) =>
      Promise.resolve(
        streamCommand(["dpkg-deb", TAR_OPTION[part], path], { ...options, signal: runSignal }),
      ),
    close: () => Promise.resolve(),
  };
}

export const TAR_OPTION = { control: "--ctrl-tarfile", data: "--fsys-tarfile" } as const;

function aptEnvironment(directory: string): NodeJS.ProcessEnv {
  const kept = ["PATH", "HOME", "http_proxy", "https_proxy", "ftp_proxy", "no_proxy"];
  const environment: NodeJS.ProcessEnv = { LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive" };
  for (const name of kept)
    if (process.env[name] !== undefined) environment[name] = process.env[name];
  return { ...environment, TMPDIR: directory };
}
