import { execFile, spawn } from "node:child_process";
import type { Readable } from "node:stream";

import { printable } from "../../core/printable.ts";
import { cancelled, GateError } from "../../engine/errors.ts";

const MOST_OUTPUT = 64 * 1024 * 1024;
const LONGEST_MS = 10 * 60_000;

export interface CommandOptions {
  readonly cwd: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** A program that ended badly; `output` is the last of what it said, safe to show. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly output: string;
  /** Whether the program does not exist here. */
  readonly isMissing: boolean;

  constructor(program: string, output: string, isMissing: boolean) {
    super(isMissing ? `${program} is not installed.` : `${program} failed: ${output}`);
    this.output = output;
    this.isMissing = isMissing;
  }
}

/** Runs a program to its end and gives its stdout. Throws CommandError, and GateError `cancelled`. */
export function runCommand(argv: readonly string[], options: CommandOptions): Promise<string> {
  const [program = "", ...rest] = argv;
  return new Promise((resolve, reject) => {
    execFile(
      program,
      rest,
      {
        cwd: options.cwd,
        env: options.environment,
        signal: options.signal,
        maxBuffer: MOST_OUTPUT,
        timeout: LONGEST_MS,
        encoding: "utf8",
      },
      (error, stdout, stderr) => {
        if (error === null) return resolve(stdout);
        if (options.signal.aborted) return reject(cancelled("Building the image"));
        const said = lastLines(stderr.trim() === "" ? stdout : stderr);
        reject(new CommandError(program, said, error.code === "ENOENT"));
      },
    );
  });
}

/** Runs a program and gives its stdout as a stream, which fails when the program does. */
export function streamCommand(argv: readonly string[], options: CommandOptions): Readable {
  const [program = "", ...rest] = argv;
  const child = spawn(program, rest, {
    cwd: options.cwd,
    env: options.environment,
    signal: options.signal,
    timeout: LONGEST_MS,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said = `${said}${chunk.toString("utf8")}`.slice(-4000);
  });
  child.on("error", (error) => {
    const isMissing = "code" in error && error.code === "ENOENT";
    child.stdout.destroy(new CommandError(program, lastLines(said), isMissing));
  });
  child.on("close", (code) => {
    if (code !== 0) child.stdout.destroy(new CommandError(program, lastLines(said), false));
  });
  return child.stdout;
}

/** The end of a program's output on one line, safe to show. */
export function lastLines(text: string): string {
  const lines = text.trim().split(/\r?\n/).slice(-4);
  return printable(lines.join(" "), 600);
}

/** An error as the GateError that a user meets; a GateError stays what it is. */
export function asImageError(error: unknown, remedy: string): GateError {
  if (GateError.is(error)) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new GateError("image-failed", `The image could not be built: ${printable(reason, 800)}`, {
    remedy,
    cause: error,
  });
}
