import { ApprovalStatement } from "./attest/approval.ts";
import type { AnyStatement } from "./attest/statement.ts";
import type { Digest } from "./digest.ts";
import type { GitObjectId } from "./edit.ts";
import type { Finding } from "./finding.ts";
import type { ApprovalRules } from "./policy/policy.ts";
import { printable } from "./printable.ts";
import type { RuleId } from "./rules.ts";

/** An approval on record, with who signed it as far as a key that the base lists proves it. */
export interface SignedApproval {
  /** Address of its envelope. */
  readonly address: Digest;
  readonly statement: AnyStatement;
  /** The signer's names in the base's list; empty where no listed key signed it. */
  readonly principals: readonly string[];
  readonly keyId: string | null;
}

/** Whether an approval counts, and if not, why. */
export type ApprovalState =
  | "counts"
  | "other-content"
  | "other-policy"
  | "not-listed"
  | "not-asked"
  | "author"
  | "repeated";

/** One approval in a review. What it says is the signer's word; `state` is the gate's. */
export interface ApprovalView {
  readonly address: Digest;
  /** The signer by the first name in the base's list; null where no listed key signed it. */
  readonly by: string | null;
  readonly reason: string;
  readonly time: string;
  readonly state: ApprovalState;
}

/** What approvals are held against. */
export interface ApprovalTerms {
  readonly tree: GitObjectId;
  readonly policy: Digest;
  readonly rules: ApprovalRules;
  /** E-mail addresses of who wrote the change; null where that is not known. */
  readonly authors: readonly string[] | null;
}

/** What each state means, for people. */
export const APPROVAL_STATES: { readonly [state in ApprovalState]: string } = {
  counts: "counts",
  "other-content": "is of other content: something was edited since",
  "other-policy": "was given under another policy",
  "not-listed": "does not count: the base does not list the key",
  "not-asked": "does not count: the policy asks for others",
  author: "does not count: it is the author's own, or the author is not known",
  repeated: "does not count twice",
};

/** The rules whose findings say that a person must look: an approval that counts is that look. */
const NEEDS_PERSON: ReadonlySet<RuleId> = new Set([
  "policy/protected-path",
  "policy/host-executed-file",
  "policy/policy-changed",
]);

/** Judges the approvals of a change, oldest first, and whether there are as many as the policy asks for. */
export function judgeApprovals(
  approvals: readonly SignedApproval[],
  terms: ApprovalTerms,
): { readonly views: readonly ApprovalView[]; readonly enough: boolean } {
  const known = approvals
    .flatMap((approval) => {
      const statement = ApprovalStatement.safeParse(approval.statement).data;
      return statement === undefined ? [] : [{ approval, statement }];
    })
    .toSorted(
      (a, b) =>
        compare(a.statement.predicate.time, b.statement.predicate.time) ||
        compare(a.approval.address, b.approval.address),
    );
  const taken = new Set<string>();
  let counted = 0;
  const views = known.map(({ approval, statement }): ApprovalView => {
    const state = stateOf(approval, statement, terms, taken);
    if (state === "counts") {
      counted += 1;
      for (const name of namesOf(approval)) taken.add(name);
    }
    const { reason, time } = statement.predicate;
    return { address: approval.address, by: approval.principals[0] ?? null, reason, time, state };
  });
  return { views, enough: counted >= terms.rules.count };
}

/** Marks the findings that only wait for a person as accepted, where the approvals are enough. */
export function acceptApproved(
  findings: readonly Finding[],
  views: readonly ApprovalView[],
  enough: boolean,
): readonly Finding[] {
  const counting = views.filter(({ state }) => state === "counts");
  if (!enough || counting.length === 0) return findings;
  const owner = counting.map(({ by }) => by ?? "").join(", ");
  const reason = counting.map((view) => view.reason).find((text) => text !== "") ?? "Approved.";
  return findings.map((finding) =>
    NEEDS_PERSON.has(finding.rule) &&
    finding.kind === "violation" &&
    finding.exception === undefined
      ? { ...finding, exception: { reason: printable(reason), owner: printable(owner) } }
      : finding,
  );
}

function stateOf(
  approval: SignedApproval,
  { subject, predicate }: ApprovalStatement,
  terms: ApprovalTerms,
  taken: ReadonlySet<string>,
): ApprovalState {
  const { rules, authors } = terms;
  if (!subject.every(({ digest }) => digest.gitTree === terms.tree)) return "other-content";
  if (`sha256:${predicate.policy.digest.sha256}` !== terms.policy) return "other-policy";
  if (approval.principals.length === 0) return "not-listed";
  const names = namesOf(approval);
  if (rules.by !== null && !rules.by.some((name) => names.includes(fold(name)))) return "not-asked";
  if (rules.notAuthor && (authors === null || authors.some((it) => names.includes(fold(it))))) {
    return "author";
  }
  return names.some((name) => taken.has(name)) ? "repeated" : "counts";
}

/** By what a signer is told from others: names and key. */
function namesOf({ principals, keyId }: SignedApproval): readonly string[] {
  return [...principals.map(fold), ...(keyId === null ? [] : [keyId])];
}

function fold(name: string): string {
  return name.toLowerCase();
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
