import type { EngineAddress } from "../../server/adapters/docker/contexts.ts";
import { connectEngine, describeAddress } from "../../server/adapters/docker/engine.ts";
import { type Candidate, findEngines } from "../../server/adapters/docker/socket.ts";
import { GateError } from "../../server/engine/errors.ts";
import { findProgram, installDebianPackages } from "./command.ts";
import { engineAdvice, enginePackages, permissionAdvice } from "./engine-advice.ts";
import { enginePath, startEngine } from "./engine-start.ts";
import type { System } from "./system.ts";

/** A container engine that answers. */
export interface FoundEngine {
  readonly name: string;
  readonly address: EngineAddress;
}

/**
 * Finds an engine where Shipgate itself looks for one, or installs and starts the distribution's
 * where that can be done without asking. Throws `no-engine` with the commands for this system.
 */
export async function prepareEngine(
  cache: string,
  system: System,
  say: (message: string) => void,
): Promise<FoundEngine> {
  try {
    return await connectEngine();
  } catch (error) {
    if (!GateError.is(error, "no-engine")) throw error;
    if (isChosen(candidates())) throw withRemedy(error, startChosen);
    if (system.family !== "debian" || !system.isRoot) throw adviseOn(error, system);
  }
  if (findProgram("dockerd", enginePath()) === null) {
    say(`Installing ${enginePackages.join(" and ")} from the distribution.`);
    await installDebianPackages(enginePackages);
  }
  say("Starting the Docker Engine.");
  await startEngine(cache);
  return connectEngine();
}

/** The variables that show the engine also to a process whose sockets lie elsewhere. */
export function engineVariables({ address }: FoundEngine): Record<string, string> {
  // Any other kind was chosen by the user's own variables or context, which every process reads.
  return address.kind === "socket" ? { DOCKER_HOST: `unix://${address.path}` } : {};
}

/** The engine in one line. */
export function describeEngine({ name, address }: FoundEngine): string {
  return `Container engine ${name} at ${describeAddress(address)}.`;
}

/** What a person can do about it: where a socket is closed to them, be let in; else install one. */
export function adviseOn(error: GateError, system: System): GateError {
  const closed = /\((?<path>\/[^)]+)\): [^;]*EACCES/u.exec(error.message)?.groups?.["path"];
  return withRemedy(error, closed === undefined ? engineAdvice(system) : permissionAdvice(closed));
}

/** Whether the user said which engine: then no other is started in its place. */
export function isChosen(found: readonly Candidate[]): boolean {
  return found.some(({ from }) => from === "DOCKER_HOST" || from.startsWith("context "));
}

const startChosen =
  "Start the engine that DOCKER_HOST or the Docker context names, or let this machine's own be found: " +
  "unset DOCKER_HOST; docker context use default";

function withRemedy(error: GateError, remedy: string): GateError {
  return new GateError("no-engine", error.message, { remedy, cause: error });
}

/** A choice that cannot be read is a choice too, and `findEngines` says what is wrong with it. */
function candidates(): readonly Candidate[] {
  try {
    return findEngines();
  } catch (error) {
    if (GateError.is(error) && error.message.startsWith("No container engine was found")) return [];
    throw error;
  }
}
