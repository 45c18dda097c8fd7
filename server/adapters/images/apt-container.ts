import { createReadStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import type Docker from "dockerode";
import tar from "tar-stream";

import { printable } from "../../core/printable.ts";
import { cancelled, GateError } from "../../engine/errors.ts";
import type { Progress } from "../../engine/ports.ts";
import { type AptHost, TAR_OPTION } from "./apt-host.ts";
import { fileSize } from "./cache.ts";
import { ask, statusOf } from "./engine.ts";
import { CommandError, lastLines } from "./process.ts";
import { quiet, readTar } from "./tar.ts";

const DIRECTORY = "/var/tmp/shipgate";
const LABEL = "dev.shipgate.apt";
const MOST_OUTPUT = 64 * 1024 * 1024;

/**
 * apt and dpkg-deb in a container of a Debian image, for machines that have none. It sees nothing of
 * the machine and is removed when it is closed, or after an hour if this process dies. Throws GateError `no-engine`, `image-failed`, `cancelled`.
 */
export async function startAptContainer(
  engine: Docker,
  image: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<AptHost> {
  await ensureImage(engine, image, progress, signal);
  const container = await ask(() =>
    engine.createContainer({
      Image: image,
      Cmd: ["sleep", "3600"],
      Entrypoint: [],
      User: "0:0",
      Labels: { [LABEL]: "1" },
      HostConfig: {
        AutoRemove: true,
        CapDrop: ["ALL"],
        SecurityOpt: ["no-new-privileges"],
        Memory: 1024 * 1024 * 1024,
        PidsLimit: 256,
      },
    }),
  );
  await ask(() => container.start());
  const host = containerHost(container, image);
  try {
    await host.run(["mkdir", "-p", DIRECTORY], signal);
    return host;
  } catch (error) {
    await host.close();
    throw error;
  }
}

function containerHost(container: Docker.Container, image: string): AptHost {
  return {
    name: `apt of ${printable(image)}`,
    directory: DIRECTORY,
    run: (argv, signal) => execute(container, argv, signal),
    prepare: (files, folders, signal) => putTree(container, files, folders, signal),
    async take(name, target, signal) {
      const stream = await ask(() => container.getArchive({ path: `${DIRECTORY}/${name}` }));
      let content: Uint8Array | null = null;
      await readTar(Readable.from(stream), signal, isFile, (header, bytes) => {
        if (isFile(header)) content = bytes;
      });
      await writeFile(target, content ?? new Uint8Array(0), { flag: "wx" });
    },
    async openDeb(path, part, signal) {
      const inside = `${DIRECTORY}/${basename(path)}`;
      await putFile(container, path, signal);
      return executeStream(container, ["dpkg-deb", TAR_OPTION[part], inside], signal);
    },
    async close() {
      await container.remove({ force: true }).catch(() => undefined);
    },
  };
}

async function ensureImage(
  engine: Docker,
  image: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const isThere = await ask(async () => {
    try {
      await engine.getImage(image).inspect();
      return true;
    } catch (error) {
      if (statusOf(error) === 404) return false;
      throw error;
    }
  });
  if (isThere) return;
  progress(`Pulling ${printable(image)} for its apt`);
  try {
    const stream = await engine.pull(image, { abortSignal: signal });
    await new Promise<void>((resolve, reject) => {
      engine.modem.followProgress(stream, (error) => (error ? reject(error) : resolve()));
    });
  } catch (error) {
    if (signal.aborted) throw cancelled("Building the image");
    const reason = printable(error instanceof Error ? error.message : String(error), 400);
    throw new GateError(
      "image-failed",
      `This machine has no apt, and the image ${printable(image)} could not be pulled: ${reason}`,
      {
        remedy:
          "Load any Debian or Ubuntu image into the engine and name it in `aptImage`, or build on Debian.",
        cause: error,
      },
    );
  }
}

async function execute(
  container: Docker.Container,
  argv: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of await executeStream(container, argv, signal)) {
    size += (chunk as Buffer).length;
    if (size > MOST_OUTPUT) throw new CommandError(argv[0] ?? "", "it said too much.", false);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** stdout of a program in the container; it fails when the program does. */
async function executeStream(
  container: Docker.Container,
  argv: readonly string[],
  signal: AbortSignal,
): Promise<Readable> {
  const exec = await ask(() =>
    container.exec({
      Cmd: [...argv],
      Env: ["LC_ALL=C", "DEBIAN_FRONTEND=noninteractive"],
      AttachStdout: true,
      AttachStderr: true,
      Tty: false,
    }),
  );
  const raw = await ask(() => exec.start({ hijack: true, stdin: false, abortSignal: signal }));
  const [out, errors] = [new PassThrough(), new PassThrough()];
  container.modem.demuxStream(raw, out, errors);
  let said = "";
  errors.on("data", (chunk: Buffer) => {
    said = `${said}${chunk.toString("utf8")}`.slice(-4000);
  });
  const stop = (): void => void raw.destroy(cancelled("Building the image"));
  signal.addEventListener("abort", stop, { once: true });
  raw.on("error", (error: Error) => out.destroy(error));
  const settle = (): void => {
    signal.removeEventListener("abort", stop);
    exec.inspect().then(
      ({ ExitCode }) => {
        if (ExitCode === 0) out.end();
        else out.destroy(new CommandError(argv.join(" "), lastLines(said), ExitCode === 127));
      },
      (error: unknown) => out.destroy(error instanceof Error ? error : new Error(String(error))),
    );
  };
  // An engine that dies closes without an end.
  raw.once("end", settle);
  raw.once("close", settle);
  return out;
}

async function putTree(
  container: Docker.Container,
  files: Readonly<Record<string, string>>,
  folders: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const pack = quiet(tar.pack());
  for (const name of folders)
    quiet(pack.entry({ name: `${name}/`, type: "directory", mode: 0o755 }));
  for (const [name, text] of Object.entries(files)) quiet(pack.entry({ name, mode: 0o644 }, text));
  pack.finalize();
  await ask(() =>
    container.putArchive(Readable.from(pack), { path: DIRECTORY, abortSignal: signal }),
  );
}

async function putFile(
  container: Docker.Container,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const size = (await fileSize(path)) ?? 0;
  const pack = quiet(tar.pack());
  const entry = quiet(pack.entry({ name: basename(path), mode: 0o644, size }));
  const packed = pipeline(createReadStream(path), entry, { signal })
    .then(() => pack.finalize())
    .catch((error: unknown) => {
      pack.destroy();
      throw error;
    });
  const abortSignal = signal;
  await Promise.all([
    packed,
    ask(() => container.putArchive(Readable.from(pack), { path: DIRECTORY, abortSignal })),
  ]);
}

function isFile({ type }: { readonly type: string }): boolean {
  return type === "file";
}
