import type { AgentSession, AttributedLines } from "./attribution.ts";
import { addressOf, type Digest } from "./digest.ts";
import type { GitObjectId } from "./edit.ts";
import type { LineRange, RepoPath } from "./location.ts";

export type FileStatus = "added" | "modified" | "deleted" | "renamed" | "type-changed";

/** One side of a changed file. `mode` is git's octal mode string, such as `100644` or `120000`. */
export interface FileVersion {
  readonly path: RepoPath;
  readonly blob: GitObjectId;
  readonly mode: string;
}

/** What one file of the change is before and after, and who wrote its new lines. */
export interface ChangedFile {
  /** The path after the change; for a deleted file, the path before. */
  readonly path: RepoPath;
  readonly status: FileStatus;
  readonly before: FileVersion | null;
  readonly after: FileVersion | null;
  /** Not a regular text file (binary, a link, a submodule), or too large to be read as text: hunks and lines are empty. */
  readonly opaque: boolean;
  /** Lines of the new version that the old one does not have, in order. */
  readonly addedLines: readonly LineRange[];
  /** How many lines of the old version are gone. */
  readonly removedLineCount: number;
  /** Covers every added line exactly once, in order. */
  readonly lines: readonly AttributedLines[];
}

/** What the change is measured against, and what it leads to. */
export interface ChangeEnds {
  /** The merge base: the commit that the policy and the hooks are read from. */
  readonly base: { readonly commit: GitObjectId; readonly tree: GitObjectId };
  readonly head: {
    readonly kind: "working-tree" | "index" | "commit";
    /** The commit that HEAD names; null in a repository without commits. */
    readonly commit: GitObjectId | null;
    readonly tree: GitObjectId;
  };
}

/** What a branch adds over its merge base, working tree included. */
export interface Change extends ChangeEnds {
  readonly schemaVersion: 1;
  /** Hash of base commit, paths and blobs: the same content has the same id everywhere. */
  readonly id: Digest;
  readonly branch: string | null;
  readonly files: readonly ChangedFile[];
  /** The assistants' sessions that wrote lines of it. */
  readonly sessions: readonly AgentSession[];
}

/** The id of a change: attribution and branch name do not count, content does. */
export function changeId(
  baseCommit: GitObjectId,
  files: readonly Pick<ChangedFile, "path" | "before" | "after">[],
): Digest {
  return addressOf({
    base: baseCommit,
    files: files
      .map(({ path, before, after }) => ({
        path,
        before: before && { path: before.path, blob: before.blob, mode: before.mode },
        after: after && { path: after.path, blob: after.blob, mode: after.mode },
      }))
      .toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)),
  });
}
