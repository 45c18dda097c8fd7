import { planRemoval, writeHooks } from "../../adapters/git/hooks.ts";
import { openRepository } from "../../adapters/git/repository.ts";
import { printable } from "../../core/printable.ts";
import type { ExitCode, Invocation } from "../command.ts";
import { agreed } from "../consent.ts";

/** `shipgate git-hooks remove` */
export async function run({ dir, flags, print, log }: Invocation): Promise<ExitCode> {
  const plans = await planRemoval(await openRepository(dir, { log }));
  if (plans.length === 0) {
    await print("There are no hooks of ours.\n");
    return 0;
  }
  for (const { file, chained } of plans) {
    const after = chained === null ? "" : ", and what was there before comes back";
    await print(`${printable(file, 1000)} would be removed${after}.\n`);
  }
  if (flags.has("dry-run")) return 0;
  if (!(await agreed(flags, print))) return 3;
  await writeHooks(plans);
  await print("Removed.\n");
  return 0;
}
