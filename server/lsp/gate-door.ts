import type { Log } from "../engine/ports.ts";
import type { GateSession } from "../engine/session.ts";

/** A repository's gate with what the language server needs around it. */
export interface GateDoor {
  readonly session: GateSession;
  /** Absolute path of the working tree's root. */
  readonly root: string;
  /** Calls back when the journal grew, or HEAD, a branch or the index moved. Gives the way to stop. */
  watch(listener: () => void): () => void;
  /** Why no container engine can be used; null where one answers. */
  findEngineProblem(
    signal: AbortSignal,
  ): Promise<{ readonly message: string; readonly remedy: string } | null>;
  close(): Promise<void>;
}

export interface GateDoorOptions {
  readonly log: Log;
  /** The engine's address as the person set it; null: found as Docker's own tools find it. */
  readonly engineHost: string | null;
}

/** Opens the gate of the repository that a directory is in. Throws GateError, such as `not-a-repository`. */
export type OpenGateDoor = (directory: string, options: GateDoorOptions) => Promise<GateDoor>;
