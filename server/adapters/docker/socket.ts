import { existsSync, readFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

import { printable } from "../../core/printable.ts";
import { GateError } from "../../engine/errors.ts";
import {
  contextFiles,
  currentContext,
  type EngineAddress,
  parseContext,
  parseEngineHost,
} from "./contexts.ts";

/** A place where an engine may be, and who said so. */
export interface Candidate {
  readonly from: string;
  readonly address: EngineAddress;
}

/** What the search looks at; the machine's own unless a test says otherwise. */
export interface Surroundings {
  readonly environment: NodeJS.ProcessEnv;
  readonly home: string;
}

type Strategy = (surroundings: Surroundings) => readonly Candidate[];

/** In the order in which Docker's own tools look. The first that names an engine decides. */
const STRATEGIES: readonly Strategy[] = [fromEnvironment, fromContext, fromUsualSockets];

/**
 * Where to look for an engine. What the user chose by DOCKER_HOST or a context is the only
 * candidate. Throws GateError `no-engine` where there is none, or the choice cannot be read.
 */
export function findEngines(
  surroundings: Surroundings = { environment: process.env, home: homedir() },
): readonly Candidate[] {
  for (const strategy of STRATEGIES) {
    const candidates = strategy(surroundings);
    if (candidates.length > 0) return candidates;
  }
  throw noEngine("No container engine was found on this machine.");
}

/** The error of a missing engine, with what to do about it on this system. */
export function noEngine(message: string, cause?: unknown): GateError {
  return new GateError("no-engine", message, {
    remedy: REMEDIES[process.platform] ?? ELSEWHERE,
    cause,
  });
}

const ELSEWHERE = "Install and start a Docker-compatible engine, or set DOCKER_HOST to one.";

const REMEDIES: Partial<Record<NodeJS.Platform, string>> = {
  linux:
    "Install one (Debian and Ubuntu: `sudo apt-get install docker.io`, then `sudo systemctl start docker`; Fedora: `sudo dnf install podman-docker`), see that you may use its socket (`sudo usermod -aG docker $USER`, then log in again), or set DOCKER_HOST.",
  darwin: "Start Docker Desktop, colima (`colima start`) or Podman, or set DOCKER_HOST.",
  win32: "Start Docker Desktop or Podman Desktop, or set DOCKER_HOST.",
};

function fromEnvironment({ environment }: Surroundings): readonly Candidate[] {
  const host = environment["DOCKER_HOST"];
  if (host === undefined || host === "") return [];
  const wantsTls = (environment["DOCKER_TLS_VERIFY"] ?? "") !== "";
  const certificates = environment["DOCKER_CERT_PATH"] ?? null;
  const address = parseEngineHost(host, wantsTls ? certificates : null);
  if (!address) throw noEngine(`DOCKER_HOST is set to ${printable(host)}, which names no engine.`);
  return [{ from: "DOCKER_HOST", address }];
}

function fromContext({ environment, home }: Surroundings): readonly Candidate[] {
  const folder = environment["DOCKER_CONFIG"] ?? join(home, ".docker");
  const name = currentContext(environment, read(join(folder, "config.json")));
  if (name === null) return [];
  const { meta, certificates } = contextFiles(folder, name);
  const text = read(meta);
  const address =
    text === null ? null : parseContext(text, existsSync(certificates) ? certificates : null);
  if (!address)
    throw noEngine(`The Docker context ${printable(name)} names no engine that can be used.`);
  return [{ from: `context ${printable(name)}`, address }];
}

function fromUsualSockets({ environment, home }: Surroundings): readonly Candidate[] {
  const runtime = environment["XDG_RUNTIME_DIR"];
  const places: readonly (readonly [string, string])[] = [
    ["the default socket", "/var/run/docker.sock"],
    ["Docker Desktop", join(home, ".docker", "run", "docker.sock")],
    ["Docker Desktop", join(home, ".docker", "desktop", "docker.sock")],
    ...(runtime ? ([["rootless Docker", join(runtime, "docker.sock")]] as const) : []),
    ["colima", join(home, ".colima", "default", "docker.sock")],
    ["colima", join(home, ".config", "colima", "default", "docker.sock")],
    ["OrbStack", join(home, ".orbstack", "run", "docker.sock")],
    ["Rancher Desktop", join(home, ".rd", "docker.sock")],
    ["Lima", join(home, ".lima", "docker", "sock", "docker.sock")],
    ...(runtime ? ([["Podman", join(runtime, "podman", "podman.sock")]] as const) : []),
    ["Podman", "/run/podman/podman.sock"],
    ["Podman", join(tmpdir(), "podman", "podman-machine-default-api.sock")],
    ...(process.platform === "win32"
      ? ([["Docker Desktop", "//./pipe/docker_engine"]] as const)
      : []),
  ];
  return places
    .filter(([, path]) => existsSync(path))
    .map(([from, path]) => ({ from, address: { kind: "socket", path } }));
}

function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
