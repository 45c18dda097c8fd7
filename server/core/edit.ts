import type { Attribution } from "./attribution.ts";
import type { RepoPath } from "./location.ts";

/** A git object id in hex (SHA-1 or SHA-256 repositories). */
export type GitObjectId = string;

/**
 * One observed modification of one file. The contents are git blobs, kept in
 * Shipgate's own object store, so that lines can be followed by content later.
 */
export interface Edit {
  readonly path: RepoPath;
  /** Null where the file did not exist before, or where the content before is not known. */
  readonly before: GitObjectId | null;
  /** Null where the edit deleted the file. */
  readonly after: GitObjectId | null;
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly attribution: Attribution;
  /** The tool call or editor event that reported it; lets late and duplicated reports be told apart. */
  readonly origin: string;
}
