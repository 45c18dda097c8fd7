import type { Digest } from "../../core/digest.ts";
import type { GitObjectId } from "../../core/edit.ts";
import type { Progress, Repository } from "../../engine/ports.ts";
import type { Engine } from "./engine.ts";

/** Brings the dependencies of a tree into boxes, as a read-only volume by lock-file hash. */
export interface DependencyLayer {
  /** Makes the volume where it is missing; null for a tree without dependencies. Throws GateError `registry-failed`, `bad-input`. */
  prepare(
    engine: Engine,
    repository: Repository,
    tree: GitObjectId,
    image: Digest,
    progress: Progress,
    signal: AbortSignal,
  ): Promise<Digest | null>;
  /** Where in the box the volume of a key goes. */
  mountOf(key: Digest): { readonly volume: string; readonly target: string };
}
