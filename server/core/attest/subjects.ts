import type { Digest } from "../digest.ts";
import type { GitObjectId } from "../edit.ts";
import type { DigestSet, Subject } from "./statement.ts";

/** What a statement can be about. Name as many as are known: each becomes a subject. */
export interface About {
  readonly commit?: GitObjectId | null;
  readonly tree?: GitObjectId;
  /** An image by its manifest's digest, with the name that it goes by. */
  readonly image?: { readonly name: string; readonly digest: Digest };
}

/** The subjects of a statement. Throws a TypeError where nothing is named: a statement is about something. */
export function subjectsOf({ commit, tree, image }: About): Subject[] {
  const subjects: Subject[] = [];
  if (image !== undefined) subjects.push({ name: image.name, digest: digestSet(image.digest) });
  if (commit) subjects.push({ name: "commit", digest: { gitCommit: commit } });
  if (tree !== undefined) subjects.push({ name: "tree", digest: { gitTree: tree } });
  if (subjects.length === 0) throw new TypeError("A statement must be about something.");
  return subjects;
}

/** A digest as in-toto writes it. */
export function digestSet(digest: Digest): DigestSet & { readonly sha256: string } {
  return { sha256: digest.slice("sha256:".length) };
}
