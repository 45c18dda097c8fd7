import type { ApprovalView } from "../core/approvals.ts";
import { judgeApprovals } from "../core/approvals.ts";
import { approvalStatement } from "../core/attest/approval.ts";
import {
  ALLOWED_SIGNERS_PATH,
  parseAllowedSigners,
  type SignersProblem,
  type TrustedKey,
} from "../core/attest/trusted-keys.ts";
import type { ChangeEnds } from "../core/change.ts";
import type { LoadedPolicy } from "../core/policy/policy.ts";
import type { Review } from "../core/review.ts";
import type { Ports, Repository, Signer } from "./ports.ts";

/** The approvals of a change, and whether they are enough for the policy. */
export interface JudgedApprovals {
  readonly views: readonly ApprovalView[];
  readonly enough: boolean;
}

/**
 * The people whose signatures count for a change: always those of the merge base, so that a change
 * cannot add its own approver. A list that is not a plain readable file trusts nobody.
 */
export async function readTrustedKeys(
  repository: Repository,
  ends: Pick<ChangeEnds, "base">,
  signal: AbortSignal,
): Promise<{
  readonly keys: readonly TrustedKey[];
  readonly problems: readonly SignersProblem[];
}> {
  const [entry] = await repository.findInTree(ends.base.tree, [ALLOWED_SIGNERS_PATH], signal);
  if (!entry?.mode.startsWith("100")) return { keys: [], problems: [] };
  const texts = await repository.readTexts([entry.blob], signal);
  return parseAllowedSigners(texts.get(entry.blob) ?? "");
}

/** Finds the approvals on record about the content of a change and holds them against the policy. */
export async function readApprovals(
  { repository, approvals, clock }: Pick<Ports, "repository" | "approvals" | "clock">,
  ends: ChangeEnds,
  { policy, hash }: LoadedPolicy,
  signal: AbortSignal,
): Promise<JudgedApprovals> {
  const { tree, commit } = ends.head;
  const envelopes = await approvals.find(tree, commit, signal);
  if (envelopes.length === 0) return { views: [], enough: false };
  const { keys } = await readTrustedKeys(repository, ends, signal);
  const signed = approvals.verify(envelopes, keys, clock.now());
  const rules = policy.approvals;
  const authors = rules.notAuthor ? await repository.readAuthors(ends, signal) : [];
  return judgeApprovals(signed, { tree, policy: hash, rules, authors });
}

/** Signs and keeps a person's approval of a change as a review showed it. */
export async function approve(
  { approvals, journal, clock }: Pick<Ports, "approvals" | "journal" | "clock">,
  review: Review,
  options: { readonly reason: string; readonly signer: Signer; readonly signal: AbortSignal },
): ReturnType<Ports["approvals"]["sign"]> {
  const { reason, signer, signal } = options;
  const statement = approvalStatement(review, { reason, time: clock.now() });
  const { tree } = review.change.head;
  const signed = await approvals.sign(tree, statement, signer, signal);
  const policy = review.policy.hash;
  await journal.append({ kind: "approval", tree, policy, envelope: signed.address });
  return signed;
}
