import type { Log, Progress } from "../engine/ports.ts";

/** What a command's end means: 0 pass, 1 fail, 2 unproven, 3 could not do the work. */
export type ExitCode = 0 | 1 | 2 | 3;

/** One option of a command, in the words of its help. */
export interface CommandOption {
  readonly type: "string" | "boolean";
  readonly description: string;
  /** The value's name in the help, such as `REV`; only for strings. */
  readonly value?: string;
  /** The values that are taken, the first being the default; only for strings. */
  readonly choices?: readonly string[];
  /** Whether it may be given several times; only for strings, which then stand in `lists`. */
  readonly multiple?: boolean;
}

/** What a command gets: parsed arguments and the streams of its process. */
export interface Invocation {
  /** Absolute path of the folder that the command works on. */
  readonly dir: string;
  readonly strings: Readonly<Record<string, string>>;
  /** Values of the options that may be given several times. */
  readonly lists: Readonly<Record<string, readonly string[]>>;
  readonly flags: ReadonlySet<string>;
  readonly operands: readonly string[];
  /** What follows `--`. */
  readonly rest: readonly string[];
  /** Writes the result. Resolves when it is out; a reader that went away is no error. */
  readonly print: (text: string) => Promise<void>;
  /** Whether the result goes to a terminal that shows colours. */
  readonly color: boolean;
  readonly log: Log;
  readonly progress: Progress;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
}

export interface CommandModule {
  readonly run: (invocation: Invocation) => Promise<ExitCode>;
}

/** One command: what its help says, and where its code is. */
export interface Command {
  /** One or two words. */
  readonly name: string;
  readonly summary: string;
  /** More for the help and the manual, as paragraphs of Markdown. */
  readonly details?: string;
  /** What follows the options, as the usage line shows it, with how many operands that may be. */
  readonly operands?: { readonly usage: string; readonly min: number; readonly max: number };
  /** Whether `-- COMMAND…` is taken. */
  readonly takesRest?: boolean;
  readonly options: Readonly<Record<string, CommandOption>>;
  /** Loads the code: only the command that is called pays for its libraries. */
  readonly load: () => Promise<CommandModule>;
}

/** The exit code of a verdict. */
export function exitCodeOf(status: "pass" | "fail" | "unproven"): ExitCode {
  switch (status) {
    case "pass":
      return 0;
    case "fail":
      return 1;
    case "unproven":
      return 2;
  }
}
