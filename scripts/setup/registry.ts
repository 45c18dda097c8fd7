import { GateError } from "../../server/engine/errors.ts";
import { findProgram, installDebianPackages } from "./command.ts";
import { installCommand, type System } from "./system.ts";

/** Programs that shipping is tested against, each in the Debian package of its name. */
const PROGRAMS = ["docker-registry", "skopeo"];

/**
 * Sees to a real registry and an independent tool for images, where they can be installed without
 * asking. Where not, the tests that need them are skipped, which is said with the command to mend it.
 */
export async function prepareRegistryTools(
  system: System,
  say: (message: string) => void,
): Promise<void> {
  const missing = PROGRAMS.filter((name) => findProgram(name) === null);
  if (missing.length === 0) return;
  if (system.family === "debian" && system.isRoot) {
    say(`Installing ${missing.join(" and ")} from the distribution.`);
    try {
      return await installDebianPackages(missing);
    } catch (error) {
      if (!GateError.is(error)) throw error;
      say(error.message);
    }
  }
  const command = installCommand(system, missing);
  const advice = command === null ? "" : `: ${command}`;
  say(`Tests that need ${missing.join(" and ")} are skipped${advice}.`);
}
