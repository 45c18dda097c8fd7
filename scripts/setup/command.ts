import { spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

import { GateError } from "../../server/engine/errors.ts";
import { repositoryRoot } from "./directories.ts";

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  /** What to do when it fails, for a person. */
  readonly remedy?: string;
}

/** Runs a program without a shell or a terminal and gives its output; a failure shows the last lines of it. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const { code, output } = await new Promise<{ code: number | string; output: string }>(
    (resolve, reject) => {
      const child = spawn(command, args, {
        cwd: options.cwd,
        env: options.env ?? process.env,
        signal: options.signal,
        stdio: ["ignore", "pipe", "pipe"],
      });
      let text = "";
      const keep = (chunk: Buffer): void => {
        text = (text + chunk.toString("utf8")).slice(-1_000_000);
      };
      child.stdout.on("data", keep);
      child.stderr.on("data", keep);
      child.on("error", reject);
      child.on("close", (status, signal) =>
        resolve({ code: status ?? signal ?? "?", output: text }),
      );
    },
  );
  if (code === 0) return output;
  throw new GateError(
    "setup-failed",
    `"${[command, ...args].join(" ")}" ended with ${code}:\n${lastLines(output, 25)}`,
    { remedy: options.remedy ?? "Read its last lines above, mend, and start again." },
  );
}

/** The absolute path of a program on the PATH, `null` where there is none. */
export function findProgram(name: string, path = process.env["PATH"] ?? ""): string | null {
  for (const folder of path.split(delimiter)) {
    const file = join(folder, name);
    if (folder.startsWith("/") && isExecutable(file)) return file;
  }
  return null;
}

/** The path of a program that the project's packages bring. */
export function packageProgram(name: string): string {
  return join(repositoryRoot, "node_modules", ".bin", name);
}

/** Whether a path is a file that may be started. */
export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Installs packages of the distribution; asks nothing. For root on Debian and Ubuntu. */
export async function installDebianPackages(packages: readonly string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const lock = ["-o", "DPkg::Lock::Timeout=300"];
  await runCommand("apt-get", [...lock, "update"], { env });
  await runCommand(
    "apt-get",
    [...lock, "install", "-y", "--no-install-recommends", "-o", "Dpkg::Use-Pty=0", ...packages],
    { env },
  );
}

/** The last lines of a text. */
export function lastLines(text: string, count: number): string {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}
