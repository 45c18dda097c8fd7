import { homedir } from "node:os";
import { dirname } from "node:path";

import { connectEngine, type Engine } from "./adapters/docker/engine.ts";
import { createDockerSandbox } from "./adapters/docker/sandbox.ts";
import { findEngines } from "./adapters/docker/socket.ts";
import { openRepository } from "./adapters/git/repository.ts";
import { watchGit } from "./adapters/git/watch.ts";
import { openJournal, type WatchedJournal } from "./adapters/ledger/journal.ts";
import { openRunCache } from "./adapters/ledger/run-cache.ts";
import { createFactSources } from "./adapters/registries/fact-sources.ts";
import { openApprovals } from "./adapters/signing/approvals.ts";
import { openNotes } from "./adapters/signing/notes.ts";
import type { Clock, Log, Ports } from "./engine/ports.ts";
import { createSession, type GateSession } from "./engine/session.ts";

export interface WireOptions {
  readonly log: Log;
  /** The engine's address as a person set it; left out: found as Docker's own tools find it. */
  readonly engineHost?: string;
  /** The index that git hands to a hook, where it is not the usual one. */
  readonly indexFile?: string;
  /** How many boxes are kept ready for the next run: for processes that stay. Left out: none. */
  readonly keepReady?: number;
}

/** One repository's gate with the real adapters. */
export interface WiredGate {
  readonly session: GateSession;
  readonly ports: Ports & { readonly journal: WatchedJournal };
  /** Calls back when the journal grew, or HEAD, a branch or the index moved. Gives the way to stop. */
  watch(listener: () => void): () => void;
  /** Ends the boxes that are kept ready. */
  close(): Promise<void>;
}

export const systemClock: Clock = { now: () => new Date().toISOString() };

/**
 * Wires the gate of the repository that a directory lies in: the one place where ports meet their
 * adapters. Nothing is started; the engine is looked for when something is run.
 * Throws GateError `git-missing` and `not-a-repository`.
 */
export async function openGate(directory: string, options: WireOptions): Promise<WiredGate> {
  const { log, engineHost, indexFile, keepReady = 0 } = options;
  const clock = systemClock;
  const repository = await openRepository(directory, {
    log,
    ...(indexFile === undefined ? {} : { indexFile }),
  });
  const connect = () => connectTo(engineHost);
  const sandbox = createDockerSandbox({ clock, log, connect, keepReady });
  const journal = openJournal(repository.stateDir, { clock, log });
  const ports = {
    repository,
    journal,
    runs: openRunCache(repository.stateDir),
    approvals: openApprovals(repository.stateDir, repository.root),
    facts: createFactSources({ root: repository.root }),
    notes: openNotes(repository),
    sandbox,
    clock,
    log,
  };
  return {
    session: createSession(ports),
    ports,
    close: () => sandbox.close(),
    watch: (listener) => {
      const stops = [
        journal.onChange(listener),
        watchGit({ root: repository.root, commonDir: dirname(repository.stateDir), log }, listener),
      ];
      return () => {
        for (const stop of stops) stop();
      };
    },
  };
}

/** Connects to the engine at an address, or to the one that Docker's own tools would use. */
export function connectTo(engineHost: string | undefined): Promise<Engine> {
  const environment =
    engineHost === undefined ? process.env : { ...process.env, DOCKER_HOST: engineHost };
  return connectEngine(findEngines({ environment, home: homedir() }));
}
