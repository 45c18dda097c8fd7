import { parseArgs } from "node:util";

import { printable } from "../core/printable.ts";
import { GateError } from "../engine/errors.ts";
import type { Command, CommandOption } from "./command.ts";

/** Options that every command takes, before or after its name. */
export const GLOBAL_OPTIONS = {
  C: {
    type: "string",
    value: "DIR",
    description: "Work on this folder instead of the current one.",
  },
  help: { type: "boolean", description: "Show help and exit." },
  quiet: { type: "boolean", description: "No progress and no warnings on standard error." },
  verbose: { type: "boolean", description: "Tell on standard error what is being done." },
} as const satisfies Record<string, CommandOption>;

/** What the arguments ask for. */
export type Request =
  | { readonly kind: "version" }
  | { readonly kind: "help"; readonly command: Command | null; readonly group: string | null }
  | {
      readonly kind: "command";
      readonly command: Command;
      readonly strings: Readonly<Record<string, string>>;
      readonly lists: Readonly<Record<string, readonly string[]>>;
      readonly flags: ReadonlySet<string>;
      readonly operands: readonly string[];
      readonly rest: readonly string[];
    };

/** Reads arguments (without node and the script). Throws GateError `bad-usage`. */
export function readArguments(commands: readonly Command[], argv: readonly string[]): Request {
  const end = argv.indexOf("--");
  const rest = end === -1 ? [] : argv.slice(end + 1);
  const { leading, words } = splitAtCommand(end === -1 ? argv : argv.slice(0, end));
  if (leading.includes("--version")) return { kind: "version" };
  const wantsHelp = [...leading, ...words].some((arg) => arg === "--help" || arg === "-h");
  if (words[0] === "help") return helpRequest(commands, words.slice(1));
  const command = findCommand(commands, words);
  if (command === null) {
    if (wantsHelp) return helpRequest(commands, words);
    throw unknownCommand(commands, words);
  }
  if (wantsHelp) return { kind: "help", command, group: null };
  const args = words.slice(command.name.split(" ").length);
  if (end !== -1 && command.takesRest !== true) args.push("--", ...rest);
  const parsed = parseOptions(command, [...leading, ...args]);
  checkOperands(command, parsed.operands);
  return { kind: "command", command, ...parsed, rest: command.takesRest === true ? rest : [] };
}

function splitAtCommand(argv: readonly string[]) {
  let at = 0;
  while (argv[at]?.startsWith("-") === true) at += argv[at] === "-C" ? 2 : 1;
  return { leading: argv.slice(0, at), words: argv.slice(at) };
}

function findCommand(commands: readonly Command[], words: readonly string[]): Command | null {
  for (const length of [2, 1]) {
    const name = words.slice(0, length).join(" ");
    const found = commands.find((command) => command.name === name);
    if (found !== undefined && words.length >= length) return found;
  }
  return null;
}

function helpRequest(commands: readonly Command[], words: readonly string[]): Request {
  const command = findCommand(commands, words);
  if (command !== null) return { kind: "help", command, group: null };
  const group = words.find((word) => !word.startsWith("-")) ?? null;
  if (group !== null && !commands.some(({ name }) => name.startsWith(`${group} `))) {
    throw unknownCommand(commands, words);
  }
  return { kind: "help", command: null, group };
}

function unknownCommand(commands: readonly Command[], words: readonly string[]): GateError {
  const [word] = words;
  if (word === undefined) {
    return new GateError("bad-usage", "No command was given.", {
      remedy: "Start with `shipgate check`, or see `shipgate --help`.",
    });
  }
  const group = commands.filter(({ name }) => name.startsWith(`${word} `));
  if (group.length > 0) {
    return new GateError("bad-usage", `\`shipgate ${word}\` needs to know what to do.`, {
      remedy: `Use ${group.map(({ name }) => `\`shipgate ${name}\``).join(" or ")}.`,
    });
  }
  return new GateError("bad-usage", `There is no command "${printable(word)}".`, {
    remedy: "See `shipgate --help` for the commands that there are.",
  });
}

function parseOptions(command: Command, args: readonly string[]) {
  const known: Record<string, CommandOption> = { ...GLOBAL_OPTIONS, ...command.options };
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: Object.fromEntries(
        Object.entries(known).map(([name, { type, multiple = false }]) => [
          name,
          name.length === 1 ? { type, multiple, short: name } : { type, multiple },
        ]),
      ),
    });
    const strings: Record<string, string> = {};
    const lists: Record<string, readonly string[]> = {};
    const flags = new Set<string>();
    for (const [name, value] of Object.entries(values)) {
      if (typeof value === "string") strings[name] = checkChoice(command, name, value, known[name]);
      else if (value === true) flags.add(name);
      else if (Array.isArray(value)) lists[name] = value.filter((each) => typeof each === "string");
    }
    return { strings, lists, flags, operands: positionals };
  } catch (error) {
    if (GateError.is(error)) throw error;
    throw badUsage(command, error instanceof Error ? error.message : String(error), error);
  }
}

function checkChoice(
  command: Command,
  name: string,
  value: string,
  option: CommandOption | undefined,
): string {
  if (option?.choices === undefined || option.choices.includes(value)) return value;
  const choices = option.choices.join(", ");
  throw badUsage(command, `--${name} is one of ${choices}, and not "${value}".`);
}

function checkOperands(command: Command, operands: readonly string[]): void {
  const { min, max, usage } = command.operands ?? { min: 0, max: 0, usage: "" };
  if (operands.length < min) throw badUsage(command, `${usage} is missing.`);
  const extra = operands[max];
  if (extra !== undefined) throw badUsage(command, `There is no use for "${extra}" here.`);
}

/** A mistake in how a command was called. */
export function badUsage(command: Pick<Command, "name">, message: string, cause?: unknown) {
  return new GateError("bad-usage", printable(message), {
    remedy: `See \`shipgate ${command.name} --help\`.`,
    cause,
  });
}
