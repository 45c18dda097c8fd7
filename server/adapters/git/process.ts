import { type ChildProcessWithoutNullStreams, execFile, spawn } from "node:child_process";
import { devNull } from "node:os";

import { printable } from "../../core/printable.ts";
import { cancelled, GateError } from "../../engine/errors.ts";

/** Most bytes that one git command may print. */
const OUTPUT_BYTES = 256 * 1024 * 1024;
/** Longest that one git command may take, in milliseconds. */
const TIMEOUT_MS = 180_000;

/**
 * Settings that a repository's own configuration could turn into a program that runs, a network
 * connection, or a blind spot. Given on the command line, where they win over every file.
 */
const SAFE_CONFIG = [
  "core.fsmonitor=false",
  `core.hooksPath=${devNull}`,
  "core.pager=cat",
  "core.askPass=",
  "core.sshCommand=false",
  "core.alternateRefsCommand=false",
  "credential.helper=",
  "protocol.allow=never",
  "submodule.recurse=false",
  "gc.auto=0",
  "maintenance.auto=false",
  "core.safecrlf=false",
  "core.splitIndex=false",
  "core.untrackedCache=false",
  "core.ignoreStat=false",
  "core.trustctime=true",
  "core.checkStat=default",
  "core.looseCompression=1",
  "core.fsync=none",
  "advice.addEmbeddedRepo=false",
].flatMap((setting) => ["-c", setting]);

/** Of the user's git environment, only what says where their own configuration is. */
const KEPT_GIT_VARIABLES = new Set([
  "GIT_CONFIG_GLOBAL",
  "GIT_CONFIG_SYSTEM",
  "GIT_CONFIG_NOSYSTEM",
  "GIT_CEILING_DIRECTORIES",
]);

/** Where and how git is run. `environment` adds to the scrubbed one, `config` to the safe one. */
export interface GitContext {
  readonly directory: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly config?: readonly string[];
}

export interface GitOptions {
  readonly signal?: AbortSignal | undefined;
  readonly input?: Uint8Array | string;
  /** Exit codes that are answers and not failures. */
  readonly accept?: readonly number[];
}

export interface GitOutput {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs git to its end. Throws GateError `git-missing`, `git-failed`, `cancelled`. */
export async function runGit(
  context: GitContext,
  args: readonly string[],
  options: GitOptions = {},
): Promise<GitOutput> {
  options.signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = execFile(
      "git",
      commandLine(context, args),
      {
        ...processOptions(context),
        encoding: "buffer",
        maxBuffer: OUTPUT_BYTES,
        timeout: TIMEOUT_MS,
        killSignal: "SIGKILL",
        ...(options.signal && { signal: options.signal }),
      },
      (error, stdout, stderr) => {
        const text = stderr.toString("utf8");
        const code = error === null ? 0 : error.code;
        if (typeof code === "number" && (code === 0 || options.accept?.includes(code) === true)) {
          resolve({ code, stdout, stderr: text });
        } else {
          reject(gitFailure(args, error, text, options.signal));
        }
      },
    );
    // git may end before it has read everything; its exit code tells, not the broken pipe.
    child.stdin?.on("error", () => {});
    child.stdin?.end(options.input ?? "");
  });
}

/** What git printed, as text without the line end. */
export async function readGit(
  context: GitContext,
  args: readonly string[],
  options: GitOptions = {},
): Promise<string> {
  return (await runGit(context, args, options)).stdout.toString("utf8").replace(/\n$/u, "");
}

/** Starts a git that is talked to over its pipes. The caller ends it. */
export function startGit(
  context: GitContext,
  args: readonly string[],
  signal: AbortSignal,
): ChildProcessWithoutNullStreams {
  const child = spawn("git", commandLine(context, args), {
    ...processOptions(context),
    stdio: "pipe",
    timeout: TIMEOUT_MS,
    killSignal: "SIGKILL",
    signal,
  });
  child.stdin.on("error", () => {});
  return child;
}

/** The error of a git that failed, in words for the user. */
export function gitFailure(
  args: readonly string[],
  error: unknown,
  stderr: string,
  signal: AbortSignal | undefined,
): GateError {
  if (signal?.aborted === true) return cancelled("Reading the repository");
  if (error instanceof Error && "code" in error && error.code === "ENOENT") {
    return new GateError("git-missing", "The program `git` was not found on the PATH.", {
      remedy: "Install git (https://git-scm.com/downloads) and start the editor again.",
      cause: error,
    });
  }
  const said = printable(stderr.trim().replaceAll(/\s*\n\s*/gu, "; "), 500);
  return new GateError("git-failed", `\`git ${args[0] ?? ""}\` failed: ${said || "no message"}`, {
    remedy:
      "Run `git fsck` and `git status` in the repository, mend what they name, and try again.",
    cause: error,
  });
}

function commandLine(context: GitContext, args: readonly string[]): string[] {
  const config = (context.config ?? []).flatMap((setting) => ["-c", setting]);
  return ["--no-pager", "--literal-pathspecs", ...SAFE_CONFIG, ...config, ...args];
}

function processOptions(context: GitContext): {
  cwd: string;
  env: NodeJS.ProcessEnv;
  windowsHide: true;
} {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith("GIT_") || KEPT_GIT_VARIABLES.has(name),
  );
  const env = {
    ...Object.fromEntries(inherited),
    LC_ALL: "C",
    LANGUAGE: "C",
    GIT_TERMINAL_PROMPT: "0",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_NO_LAZY_FETCH: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_ALLOW_PROTOCOL: "",
    GIT_EDITOR: "false",
    GIT_ASKPASS: "",
    ...context.environment,
  };
  return { cwd: context.directory, env, windowsHide: true };
}
