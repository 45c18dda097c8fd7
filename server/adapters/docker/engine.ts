import { readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";

import type Docker from "dockerode";
import type { DockerOptions } from "dockerode";

import { GateError } from "../../engine/errors.ts";
import type { EngineAddress } from "./contexts.ts";
import { type Candidate, findEngines, noEngine } from "./socket.ts";

/** An engine that answered. */
export interface Engine {
  readonly docker: Docker;
  /** As it names itself, with the runtime: `docker 28.2.2, runc`. */
  readonly name: string;
  /** Who said where it is. */
  readonly from: string;
  readonly address: EngineAddress;
}

/** How long an engine may take to answer a question, in milliseconds. */
const PATIENCE = 10_000;

/**
 * Connects to the engine that the user chose or that this machine has. The API's version is left to
 * the engine. Throws GateError `no-engine` with what was tried.
 */
export async function connectEngine(
  candidates: readonly Candidate[] = findEngines(),
): Promise<Engine> {
  const failures: string[] = [];
  let cause: unknown;
  for (const { from, address } of candidates) {
    try {
      return await greet(from, address);
    } catch (error) {
      failures.push(`${from} (${describeAddress(address)}): ${reasonOf(error)}`);
      cause = error;
    }
  }
  throw noEngine(`No container engine answers. Tried ${failures.join("; ")}.`, cause);
}

/** An engine's address in words. */
export function describeAddress(address: EngineAddress): string {
  switch (address.kind) {
    case "socket":
      return address.path;
    case "tcp":
      return `${address.host}:${address.port}${address.certificates === null ? "" : " with TLS"}`;
    case "ssh":
      return `ssh to ${address.host}:${address.port}`;
  }
}

/** The error of an engine that answered before and now does not, or refuses what it is asked. */
export function engineFailed(what: string, error: unknown): GateError {
  return new GateError("engine-failed", `The container engine ${what}: ${reasonOf(error)}.`, {
    remedy: "See that the engine runs (`docker info`) and has room on its disk, then try again.",
    cause: error,
  });
}

/** What an error of the engine or of the way to it says, on one line. */
export function reasonOf(error: unknown): string {
  const { message = String(error), json } = error as {
    message?: string;
    json?: { message?: string };
  };
  return (json?.message ?? message).replaceAll(/\s+/g, " ").trim().replace(/\.$/, "").slice(0, 500);
}

async function greet(from: string, address: EngineAddress): Promise<Engine> {
  // Loaded on first use: half of the server's start would be dockerode.
  const { default: Client } = await import("dockerode");
  const docker = new Client(optionsFor(address));
  const [version, info] = await Promise.all([
    within(docker.version()),
    within(docker.info() as Promise<{ DefaultRuntime?: string }>),
  ]);
  const components = (version as { Components?: { Name?: string }[] }).Components ?? [];
  const product = components.some(({ Name }) => Name === "Podman Engine") ? "podman" : "docker";
  const runtime = info.DefaultRuntime ?? "runc";
  return { docker, name: `${product} ${version.Version}, ${runtime}`, from, address };
}

function optionsFor(address: EngineAddress): DockerOptions {
  switch (address.kind) {
    case "socket":
      return { socketPath: address.path };
    case "tcp": {
      const { host, port, certificates } = address;
      if (certificates === null) return { protocol: "http", host, port };
      const [ca, cert, key] = ["ca.pem", "cert.pem", "key.pem"].map((name) =>
        readFileSync(join(certificates, name)),
      );
      return {
        protocol: "https",
        host,
        port,
        ...(ca && { ca }),
        ...(cert && { cert }),
        ...(key && { key }),
      };
    }
    case "ssh": {
      const { host, port, user } = address;
      const agent = process.env["SSH_AUTH_SOCK"];
      const sshOptions = agent === undefined ? {} : { agent };
      return { protocol: "ssh", host, port, username: user ?? userInfo().username, sshOptions };
    }
  }
}

function within<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${PATIENCE / 1000} s`)), PATIENCE);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
