import { homedir } from "node:os";

import { ASSISTANTS } from "../../adapters/assistants/assistants.ts";
import {
  findAssistants,
  type Place,
  type Plan,
  planConnect,
  planDisconnect,
  writePlan,
} from "../../adapters/assistants/connect.ts";
import { openRepository } from "../../adapters/git/repository.ts";
import { printable } from "../../core/printable.ts";
import { GateError } from "../../engine/errors.ts";
import type { ExitCode, Invocation } from "../command.ts";
import { agreed } from "../consent.ts";
import { programArguments } from "../this-program.ts";
import { badUsage } from "../usage.ts";

/** `shipgate connect [AGENT…]`: shows what would be written, asks, and writes. */
export async function run(invocation: Invocation): Promise<ExitCode> {
  const { flags, print, dir, log } = invocation;
  const homes = { home: homedir(), environment: process.env };
  const project = flags.has("project") ? (await openRepository(dir, { log })).root : null;
  const place: Place = { ...homes, project, program: programArguments() };
  const isRemoval = flags.has("remove");
  const names = await chosen(invocation, homes);
  if (names.length === 0) {
    await print(
      `No assistant was found on this machine. Name one: ${ASSISTANTS.map(({ name }) => name).join(", ")}.\n`,
    );
    return 0;
  }
  const plans: Plan[] = [];
  for (const assistant of ASSISTANTS.filter(({ name }) => names.includes(name))) {
    const make = isRemoval ? planDisconnect : planConnect;
    plans.push(await make(assistant, place));
  }
  for (const plan of plans) await print(describe(plan, isRemoval));
  const wanted = plans.filter((plan) => plan.before !== plan.after);
  if (wanted.length === 0 || flags.has("dry-run")) return 0;
  if (!(await agreed(flags, print))) return 3;
  for (const plan of wanted) {
    await writePlan(plan, place);
    const { title, afterwards } = plan.assistant;
    const advice = isRemoval || afterwards === null ? "" : ` ${afterwards}`;
    await print(`${title}: ${isRemoval ? "disconnected" : "connected"}.${advice}\n`);
  }
  return 0;
}

async function chosen(
  { operands, flags }: Invocation,
  homes: { readonly home: string; readonly environment: NodeJS.ProcessEnv },
): Promise<readonly string[]> {
  const known = ASSISTANTS.map(({ name }) => name);
  const unknown = operands.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw badUsage(
      { name: "connect" },
      `AGENT is one of ${known.join(", ")}, and not "${unknown}".`,
    );
  }
  if (operands.length > 0) return operands;
  if (flags.has("project")) {
    throw new GateError("bad-usage", "Which assistants the project is for has to be said.", {
      remedy: `Name them: \`shipgate connect claude-code --project\`; there are ${known.join(", ")}.`,
    });
  }
  const found = await findAssistants(homes);
  return found
    .filter((one) => (flags.has("remove") ? one.isConnected : one.isFound))
    .map(({ assistant }) => assistant.name);
}

function describe({ assistant, file, before, after, diff }: Plan, isRemoval: boolean): string {
  const where = printable(file, 1000);
  if (before === after) {
    return `${assistant.title}: nothing to do, ${where} ${isRemoval ? "has no hook of ours" : "has our hooks already"}.\n`;
  }
  const what =
    after === null ? "would be removed" : before === null ? "would be made" : "would be changed";
  const shown = diff
    .split("\n")
    .map((line) => printable(line, 2000))
    .join("\n");
  return `${assistant.title}: ${where} ${what}:\n\n${shown}\n`;
}
