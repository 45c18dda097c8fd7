import { styleText } from "node:util";

import { printable } from "../core/printable.ts";
import type { Log, Progress } from "../engine/ports.ts";

const LEVELS = ["debug", "info", "warn", "error"] as const;
type Level = (typeof LEVELS)[number];

/** A stream of the process, as far as the terminal needs it. */
export interface Output {
  readonly isTTY?: boolean | undefined;
  write(text: string, done?: (error?: Error | null) => void): boolean;
}

export interface Terminal {
  readonly log: Log;
  readonly progress: Progress;
  /** Takes the progress line away. */
  readonly clear: () => void;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether a stream shows colours: it is a terminal and nobody asked for none (no-color.org). */
export function showsColor(stream: Output, env: Environment): boolean {
  return stream.isTTY === true && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
}

/** Progress and logs on standard error. Progress is one line that is written over, on a terminal only. */
export function openTerminal(
  stream: Output,
  env: Environment,
  wish: { readonly quiet: boolean; readonly verbose: boolean },
): Terminal {
  const color = showsColor(stream, env);
  const threshold: Level = wish.quiet ? "error" : wish.verbose ? "debug" : "warn";
  const live = stream.isTTY === true && !wish.quiet && (env["CI"] ?? "") === "";
  let shown = false;
  const clear = () => {
    if (shown) stream.write("\r\u001B[K");
    shown = false;
  };
  const write = (level: Level) => (message: string, fields?: Readonly<Record<string, unknown>>) => {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(threshold)) return;
    clear();
    const word = color ? styleText(colorOf(level), level, { validateStream: false }) : level;
    stream.write(`shipgate: ${word}: ${message}${describeFields(fields)}\n`);
  };
  return {
    log: { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") },
    progress(message, share) {
      if (!live) return;
      const percent = share === undefined ? "" : ` ${Math.round(share * 100)} %`;
      stream.write(`\r\u001B[K${printable(message, 100)}…${percent}`);
      shown = true;
    },
    clear,
  };
}

function colorOf(level: Level): "gray" | "cyan" | "yellow" | "red" {
  switch (level) {
    case "debug":
      return "gray";
    case "info":
      return "cyan";
    case "warn":
      return "yellow";
    case "error":
      return "red";
  }
}

function describeFields(fields: Readonly<Record<string, unknown>> | undefined): string {
  const pairs = Object.entries(fields ?? {}).map(([name, value]) => {
    const text =
      value instanceof Error ? value.message : typeof value === "string" ? value : json(value);
    return `${name}=${printable(text)}`;
  });
  return pairs.length > 0 ? ` (${pairs.join(", ")})` : "";
}

function json(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
