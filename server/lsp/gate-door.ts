import type { Attribution } from "../core/attribution.ts";
import type { GitObjectId } from "../core/edit.ts";
import type { RepoPath } from "../core/location.ts";
import type { Log } from "../engine/ports.ts";
import type { GateSession } from "../engine/session.ts";
import type { PastVerdict } from "./report/charts.ts";

/** A document that was saved with another text than before. */
export interface SavedEdit {
  readonly path: RepoPath;
  readonly before: string;
  readonly after: string;
  readonly attribution: Attribution;
}

/** A repository's gate with what the language server needs around it. */
export interface GateDoor {
  readonly session: GateSession;
  /** Absolute path of the working tree's root. */
  readonly root: string;
  /** Calls back when the journal grew, or HEAD, a branch or the index moved. Gives the way to stop. */
  watch(listener: () => void): () => void;
  /** Why no container engine can be used; null where one answers. */
  findEngineProblem(): Promise<{ readonly message: string; readonly remedy: string } | null>;
  /** Puts an edit that the editor saw into the journal. */
  recordEdit(edit: SavedEdit): Promise<void>;
  /** Verdicts of earlier runs on a branch, oldest first. */
  pastVerdicts(branch: string | null): Promise<readonly PastVerdict[]>;
  /** The text of a blob; null where it is no text, or too large. */
  readText(blob: GitObjectId, signal: AbortSignal): Promise<string | null>;
  close(): Promise<void>;
}

export interface GateDoorOptions {
  readonly log: Log;
  /** The engine's address as the person set it; null: found as Docker's own tools find it. */
  readonly engineHost: string | null;
  /** Whether the person trusts the workspace; without trust the engine is left alone. */
  readonly trusted: boolean;
}

/** Opens the gate of the repository that a directory is in. Throws GateError, such as `not-a-repository`. */
export type OpenGateDoor = (directory: string, options: GateDoorOptions) => Promise<GateDoor>;
