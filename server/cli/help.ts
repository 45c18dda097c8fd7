import type { Command, CommandOption } from "./command.ts";
import { GLOBAL_OPTIONS } from "./usage.ts";

const EXIT_CODES = `Exit codes: 0 pass, 1 fail, 2 unproven, 3 could not do the work.`;

/** The help of the whole program, or of a group of commands such as `policy`. */
export function programHelp(commands: readonly Command[], group: string | null): string {
  const shown = commands.filter(({ name }) => group === null || name.startsWith(`${group} `));
  return [
    `Usage: shipgate [-C DIR] ${group ?? "COMMAND"} …`,
    "",
    "The gate for AI-generated code.",
    "",
    "Commands:",
    ...columns(shown.map((command) => [usageOf(command), command.summary])),
    "",
    "Options:",
    ...columns([
      ...Object.entries(GLOBAL_OPTIONS).map(optionRow),
      ["--version", "Show the version and exit."],
    ]),
    "",
    EXIT_CODES,
    "`shipgate COMMAND --help` says more about a command.",
    "",
  ].join("\n");
}

/** The help of one command. */
export function commandHelp(command: Command): string {
  const details = command.details?.split("\n\n").flatMap((paragraph) => [paragraph, ""]) ?? [];
  return [
    `Usage: shipgate ${usageOf(command)}`,
    "",
    command.summary,
    "",
    ...details,
    "Options:",
    ...columns(Object.entries({ ...command.options, ...GLOBAL_OPTIONS }).map(optionRow)),
    "",
    EXIT_CODES,
    "",
  ].join("\n");
}

/** A command's name with the operands and options that it takes, as one line. */
export function usageOf(command: Command): string {
  const options = Object.keys(command.options).length > 0 ? " [OPTION…]" : "";
  const operands = command.operands ? ` ${command.operands.usage}` : "";
  return `${command.name}${options}${operands}${command.takesRest === true ? " [-- COMMAND…]" : ""}`;
}

/** An option as it is typed, with what it does. */
export function optionRow([name, option]: readonly [string, CommandOption]): readonly [
  string,
  string,
] {
  const dashes = name.length === 1 ? `-${name}` : `--${name}`;
  const value = option.choices?.join("|") ?? option.value;
  return [value === undefined ? dashes : `${dashes} ${value}`, option.description];
}

function columns(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.min(34, Math.max(...rows.map(([left]) => left.length)));
  return rows.flatMap(([left, right]) =>
    left.length > width
      ? [`  ${left}`, `  ${" ".repeat(width)}  ${right}`]
      : [`  ${left.padEnd(width)}  ${right}`],
  );
}
