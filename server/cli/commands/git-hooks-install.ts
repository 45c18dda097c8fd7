import { planHooks, writeHooks } from "../../adapters/git/hooks.ts";
import { openRepository } from "../../adapters/git/repository.ts";
import { printable } from "../../core/printable.ts";
import type { ExitCode, Invocation } from "../command.ts";
import { agreed } from "../consent.ts";
import { programArguments } from "../this-program.ts";

/** `shipgate git-hooks install` */
export async function run({ dir, flags, print, log }: Invocation): Promise<ExitCode> {
  const repository = await openRepository(dir, { log });
  const plans = await planHooks(repository, programArguments(), { notes: flags.has("notes") });
  const needed = plans.filter(({ isNeeded }) => isNeeded);
  if (needed.length === 0) {
    await print("The hooks are installed already.\n");
    return 0;
  }
  for (const { file, chained, text } of needed) {
    const after = chained === null ? "" : ", which calls first what is there now";
    await print(`${printable(file, 1000)} would be written${after}:\n\n${indent(text ?? "")}\n`);
  }
  if (flags.has("dry-run")) return 0;
  if (!(await agreed(flags, print))) return 3;
  await writeHooks(needed);
  await print("Installed. `shipgate git-hooks remove` takes the hooks away again.\n");
  return 0;
}

function indent(text: string): string {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => `    ${printable(line, 1000)}\n`)
    .join("");
}
