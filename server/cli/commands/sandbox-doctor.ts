import { createDockerSandbox } from "../../adapters/docker/sandbox.ts";
import type { ExitCode, Invocation } from "../command.ts";
import type { SandboxDoctorOutput } from "../output.ts";
import { reportJson } from "../reporters/json.ts";
import { describeIsolation } from "../reporters/words.ts";

/** `shipgate sandbox doctor`: opens a box and tries to get out of it. */
export async function run(invocation: Invocation): Promise<ExitCode> {
  const { strings, print, log, progress, signal } = invocation;
  const clock = { now: () => new Date().toISOString() };
  progress("Trying to get out of a box");
  const isolation = await createDockerSandbox({ clock, log }).probe(signal);
  const output: SandboxDoctorOutput = { schemaVersion: 1, isolation };
  const text = `${describeIsolation(isolation)}\n`;
  await print(strings["format"] === "json" ? reportJson(output) : text);
  return Object.values(isolation.selfTest).every(Boolean) ? 0 : 1;
}
