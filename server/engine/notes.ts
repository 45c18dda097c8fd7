import { ApprovalStatement } from "../core/attest/approval.ts";
import {
  type AttributionStatement,
  attributionStatement,
  statementOfLines,
} from "../core/attest/attribution.ts";
import type { TrustedKey } from "../core/attest/trusted-keys.ts";
import { verificationStatement } from "../core/attest/verification.ts";
import type { Change } from "../core/change.ts";
import type { GitObjectId } from "../core/edit.ts";
import { gatherEvidence } from "../core/evidence.ts";
import type { StatedLines } from "../core/exchange/stated-lines.ts";
import type { Review } from "../core/review.ts";
import type { EvidenceKind } from "../core/verdict.ts";
import { readTrustedKeys } from "./approvals.ts";
import { fillAuthors, provenAuthors } from "./carry-authors.ts";
import { buildChange } from "./change.ts";
import { GateError } from "./errors.ts";
import type { Ports, Signer } from "./ports.ts";
import type { GateSession } from "./session.ts";

/** What the notes of commits are read and written with. */
export interface NoteContext {
  readonly ports: Ports;
  readonly session: GateSession;
  readonly version: string;
  readonly signal: AbortSignal;
}

export interface NoteRequest {
  readonly commit: GitObjectId;
  /** What the branch is measured against; left out: the default branch, else the commit's parent. */
  readonly base?: string;
  /** Commits that this one was made from by a rewrite: what their notes prove is carried over. */
  readonly from: readonly GitObjectId[];
  /** What another tool's record of the commit says; it counts where nothing else is known. */
  readonly told?: StatedLines;
  readonly signer: Signer;
}

/** How many statements of each kind were added. */
export interface WrittenNote {
  readonly commit: GitObjectId;
  readonly status: Review["verdict"]["status"];
  readonly lines: { readonly added: number; readonly ai: number; readonly unknown: number };
  readonly approvals: number;
}

/**
 * Signs the verdict on a commit and who wrote its lines into its note, with the approvals of its
 * tree. Statements of rewritten commits are not copied: lines are attributed anew by content, from
 * the journal and from the statements that a trusted key signed. Throws GateError `bad-usage`,
 * `signing-failed`.
 */
export async function writeNote(context: NoteContext, request: NoteRequest): Promise<WrittenNote> {
  const { ports, signal, version } = context;
  const { notes } = ports;
  const { commit, signer } = request;
  const review = await reviewCommit(context, commit, request.base);
  const { keys } = await readTrustedKeys(ports.repository, review.change, signal);
  const trusted = [...keys, { ...signer.publicKey, principals: ["you"] }];
  const { change, statement } = await stateAttribution(context, request, trusted);
  const { tree } = change.head;
  const time = ports.clock.now();
  const approvals = await findApprovals(context, [commit, ...request.from], tree);
  const verification = verificationStatement(review, {
    about: { commit, tree },
    resourceUri: `git+commit:${commit}`,
    time,
    version,
    had: hadOf(review),
    inputs: review.approvals.filter(({ state }) => state === "counts").map((it) => it.address),
  });
  await notes.add(commit, approvals, signal);
  await notes.sign(commit, [verification, statement], signer, signal);
  const { added, ai, unknown } = statement.predicate.lines;
  const { status } = review.verdict;
  return { commit, status, lines: { added, ai, unknown }, approvals: approvals.length };
}

/** The commit that a revision names. Throws GateError `bad-usage`. */
export async function findCommit(
  { ports, signal }: NoteContext,
  revision: string,
): Promise<GitObjectId> {
  const selection = { head: revision, base: revision };
  const { head } = await ports.repository.readChange(selection, signal);
  if (head.commit === null) throw new TypeError("A revision that was found is a commit.");
  return head.commit;
}

/** The branch's review at a commit; on the default branch itself, the commit's own. */
async function reviewCommit(
  { session, signal }: NoteContext,
  commit: GitObjectId,
  base: string | undefined,
): Promise<Review> {
  const selection = { head: commit, ...(base !== undefined && { base }) };
  const review = await session.review({ selection, sandbox: "cached", facts: "cached", signal });
  if (review.change.files.length > 0 || base !== undefined) return review;
  const own = { head: commit, base: parentOf(commit) };
  return session
    .review({ selection: own, sandbox: "cached", facts: "cached", signal })
    .catch(explainRoot);
}

/**
 * Who wrote the lines that a commit itself adds: by the journal, by the statements about the commits
 * that it was made from that a trusted key signed, and by what another tool told.
 */
export async function stateAttribution(
  { ports, signal }: NoteContext,
  { commit, from, told }: Pick<NoteRequest, "commit" | "from" | "told">,
  trusted: readonly TrustedKey[],
): Promise<{ readonly change: Change; readonly statement: AttributionStatement }> {
  const { repository, journal, notes, clock } = ports;
  const selection = { head: commit, base: parentOf(commit) };
  const { change, texts } = await buildChange(repository, journal, selection, signal).catch(
    explainRoot,
  );
  const lines: { readonly commit: GitObjectId; readonly text: string }[] = [];
  for (const old of from.toReversed()) {
    for (const text of await notes.read(old, signal)) lines.push({ commit: old, text });
  }
  const earlier = provenAuthors(notes, lines, trusted, clock.now());
  const foreign = told === undefined ? [] : [statementOfLines(told, change)];
  const statements = [...earlier, ...foreign];
  const full = await fillAuthors(repository, { change, texts }, statements, signal);
  return {
    change: full,
    statement: attributionStatement(full, { commit, tree: change.head.tree }),
  };
}

/** Approvals of exactly this tree, from the notes of commits and from those kept here. */
async function findApprovals(
  { ports, signal }: NoteContext,
  commits: readonly GitObjectId[],
  tree: GitObjectId,
): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const commit of commits) {
    for (const text of await ports.approvals.find(tree, commit, signal)) found.add(text);
  }
  return [...found].filter((text) =>
    ports.approvals.verify([text], [], ports.clock.now()).some(({ statement }) => {
      const approval = ApprovalStatement.safeParse(statement).data;
      return approval?.subject.every(({ digest }) => digest.gitTree === tree) === true;
    }),
  );
}

/** The kinds of evidence that a review rests on. */
function hadOf({ change, runs, approvals, verdict }: Review): readonly EvidenceKind[] {
  const lacks = verdict.reasons.some((it) => it.kind === "missing" && it.evidence === "approval");
  const approved = !lacks && approvals.some(({ state }) => state === "counts");
  return gatherEvidence(change, runs, approved ? ["approval"] : []).had;
}

/** The revision of a commit's first parent. */
export function parentOf(commit: GitObjectId): string {
  return `${commit}^`;
}

function explainRoot(error: unknown): never {
  if (!GateError.is(error, "bad-usage")) throw error;
  throw new GateError("bad-usage", "The commit has no parent that it could be measured against.", {
    remedy: "Name a commit that has one; in a shallow clone run `git fetch --unshallow` first.",
    cause: error,
  });
}
