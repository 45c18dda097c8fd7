import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";

import { GateError } from "../../server/engine/errors.ts";
import { findProgram, installDebianPackages } from "./command.ts";
import { engineAdvice, enginePackages, permissionAdvice } from "./engine-advice.ts";
import { listEngineEndpoints, type EngineEndpoint } from "./engine-endpoints.ts";
import { askEngine } from "./engine-ping.ts";
import { startEngine } from "./engine-start.ts";
import type { System } from "./system.ts";

/** A Docker Engine that answers. */
export interface FoundEngine {
  readonly endpoint: EngineEndpoint;
  /** Its version; null where it is reached through ssh and was not asked. */
  readonly version: string | null;
}

/** Finds an engine, or installs and starts the distribution's where that can be done without asking. */
export async function prepareEngine(
  cache: string,
  system: System,
  say: (message: string) => void,
): Promise<FoundEngine> {
  const search = await findEngine();
  if (search.found !== null) return search.found;
  const isStated = search.tried.some(({ endpoint }) => endpoint.isStated);
  if (!isStated && system.family === "debian" && system.isRoot) {
    if (findProgram("dockerd", enginePath()) === null) {
      say(`Installing ${enginePackages.join(" and ")} from the distribution.`);
      await installDebianPackages(enginePackages);
    }
    const started = await findEngine();
    if (started.found !== null) return started.found;
    say("Starting the Docker Engine.");
    await startEngine(cache);
    const { found } = await findEngine();
    if (found !== null) return found;
  }
  throw noEngine(search.tried, system);
}

interface Tried {
  readonly endpoint: EngineEndpoint;
  readonly code: string;
  readonly message: string;
}

async function findEngine(): Promise<{ found: FoundEngine | null; tried: readonly Tried[] }> {
  const tried: Tried[] = [];
  for (const endpoint of listEngineEndpoints(surroundings())) {
    const answer = await askEngine(endpoint);
    if (answer.kind === "not-asked") return { found: { endpoint, version: null }, tried };
    if (answer.kind === "engine") return { found: { endpoint, version: answer.version }, tried };
    tried.push({ endpoint, code: answer.code, message: answer.message });
  }
  return { found: null, tried };
}

function noEngine(tried: readonly Tried[], system: System): GateError {
  const lines = tried.map(
    ({ endpoint, message }) => `\n  ${endpoint.host} (${endpoint.source}): ${message}`,
  );
  const forbidden = tried.find(({ code }) => code === "EACCES");
  return new GateError(
    "no-engine",
    `No Docker Engine answers.${lines.length === 0 ? " None of the usual sockets is there." : lines.join("")}`,
    {
      remedy:
        forbidden === undefined
          ? engineAdvice(system)
          : permissionAdvice(forbidden.endpoint.host.replace("unix://", "")),
    },
  );
}

function surroundings(): Parameters<typeof listEngineEndpoints>[0] {
  return {
    env: process.env,
    home: homedir(),
    uid: process.getuid?.(),
    exists: existsSync,
    readText: (path) => {
      try {
        return readFileSync(path, "utf8");
      } catch {
        return null;
      }
    },
  };
}

/** The daemon lies in a folder that is not on every root's PATH. */
export function enginePath(path = process.env["PATH"] ?? ""): string {
  return `${path}:/usr/sbin:/sbin:/usr/local/sbin`;
}
