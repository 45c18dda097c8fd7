import { printable } from "../printable.ts";

/** Options that say what is run, unlike the many that say how. */
const TELLING: ReadonlySet<string> = new Set(["--test", "-e", "--eval", "-p", "-c", "-m"]);
/** Options of how, whose value is the next word. */
const HAS_VALUE: ReadonlySet<string> = new Set(["-r", "--require", "--import", "--test-reporter"]);
const LONGEST_NAME = 80;

/** What people call a program that was started with these words: `node --test`, `python -m pytest`. */
export function shortProgram(commandLine: string): string {
  const [program = "", ...rest] = commandLine.split(" ").filter((word) => word !== "");
  const words = [program.slice(program.lastIndexOf("/") + 1)];
  for (const [at, word] of rest.entries()) {
    const isValue = HAS_VALUE.has(rest[at - 1] ?? "");
    if (isValue || (word.startsWith("-") && !TELLING.has(word))) continue;
    words.push(word);
    if (/^-[ecmp]$|^--eval$/u.test(word)) words.push(rest[at + 1] ?? "");
    break;
  }
  return printable(words.join(" ").trim(), LONGEST_NAME);
}
