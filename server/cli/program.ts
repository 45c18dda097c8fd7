import { stat } from "node:fs/promises";
import { resolve } from "node:path";

import packageJson from "../../package.json" with { type: "json" };
import { printable } from "../core/printable.ts";
import { cancelled, GateError } from "../engine/errors.ts";
import type { Command, ExitCode } from "./command.ts";
import { commandHelp, programHelp } from "./help.ts";
import { openTerminal, type Output, showsColor, type Terminal } from "./terminal.ts";
import { readArguments, type Request } from "./usage.ts";

/** The version that the program says it has. */
export const VERSION: string = packageJson.version;

/** What the program takes from its process. */
export interface World {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Runs one command line to its end. Never throws: what goes wrong is told on standard error and becomes 3. */
export async function runProgram(
  commands: readonly Command[],
  argv: readonly string[],
  world: World,
): Promise<ExitCode> {
  let terminal = openTerminal(world.stderr, world.env, { quiet: false, verbose: false });
  try {
    const request = readArguments(commands, argv);
    if (request.kind === "command") {
      const { flags } = request;
      const wish = { quiet: flags.has("quiet"), verbose: flags.has("verbose") };
      terminal = openTerminal(world.stderr, world.env, wish);
    }
    return await answer(commands, request, world, terminal);
  } catch (error) {
    terminal.clear();
    const told = world.signal.aborted ? cancelled("The command") : error;
    world.stderr.write(describeError(told, argv.includes("--verbose")));
    return 3;
  }
}

async function answer(
  commands: readonly Command[],
  request: Request,
  world: World,
  terminal: Terminal,
): Promise<ExitCode> {
  const print = (text: string) => {
    terminal.clear();
    return printTo(world.stdout, text);
  };
  switch (request.kind) {
    case "version":
      await print(`${VERSION}\n`);
      return 0;
    case "help":
      await print(
        request.command === null
          ? programHelp(commands, request.group)
          : commandHelp(request.command),
      );
      return 0;
    case "command": {
      const { command, strings, lists, flags, operands, rest } = request;
      const dir = await findDirectory(world.cwd, strings["C"] ?? ".");
      const { run } = await command.load();
      const { log, progress } = terminal;
      const color = showsColor(world.stdout, world.env);
      const { signal } = world;
      const streams = { print, color, log, progress, signal };
      const code = await run({ dir, strings, lists, flags, operands, rest, ...streams });
      terminal.clear();
      return code;
    }
  }
}

async function findDirectory(cwd: string, wish: string): Promise<string> {
  const dir = resolve(cwd, wish);
  const found = await stat(dir).catch(() => null);
  if (found?.isDirectory() === true) return dir;
  throw new GateError("bad-input", `${printable(dir)} is not a folder.`, {
    remedy: "Name an existing folder with -C, or leave it out for the current one.",
  });
}

function printTo(stream: Output, text: string): Promise<void> {
  return new Promise((done, fail) => {
    stream.write(text, (error) => {
      // A reader that went away, such as `| head`, has all it wanted.
      if (!error || ("code" in error && error.code === "EPIPE")) return done();
      fail(
        new GateError("bad-input", `The result could not be written: ${error.message}.`, {
          remedy: "Look at where standard output goes.",
          cause: error,
        }),
      );
    });
  });
}

function describeError(error: unknown, isVerbose: boolean): string {
  const trace = isVerbose ? `\n${stackOf(error)}` : "";
  if (GateError.is(error)) {
    return `shipgate: ${printable(error.message, 2000)}\n  → ${printable(error.remedy, 2000)}\n${trace}`;
  }
  const message = error instanceof Error ? error.message : String(error);
  const advice = isVerbose ? "" : "  → Run it again with --verbose and report what it says.\n";
  return `shipgate: This is a mistake in Shipgate: ${printable(message, 2000)}\n${advice}${trace}`;
}

function stackOf(error: unknown): string {
  const lines: string[] = [];
  for (let at: unknown = error; at instanceof Error && lines.length < 200; at = at.cause) {
    lines.push(...(at.stack ?? at.message).split("\n").map((line) => printable(line, 500)));
  }
  return `${lines.join("\n")}\n`;
}
