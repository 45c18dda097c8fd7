import { describe, expect, test } from "vitest";

import {
  acceptApproved,
  type ApprovalTerms,
  judgeApprovals,
  type SignedApproval,
} from "../../../server/core/approvals.ts";
import { approvalStatement } from "../../../server/core/attest/approval.ts";
import { finding } from "../../../server/core/checks/check.ts";
import { addressOf, sha256Digest } from "../../../server/core/digest.ts";
import { lineLocation } from "../../../server/core/location.ts";
import type { RuleId } from "../../../server/core/rules.ts";
import { fakeReview } from "../../fakes/review.ts";

const review = fakeReview();
const TIME = "2026-06-01T12:00:00.000Z";
const terms: ApprovalTerms = {
  tree: review.change.head.tree,
  policy: review.policy.hash,
  rules: { count: 1, by: null, notAuthor: false },
  authors: ["author@shop.example"],
};

function approvalBy(name: string | null, time = TIME, keyId: string | null = name): SignedApproval {
  const statement = approvalStatement(review, { reason: `${name} has looked`, time });
  const principals = name === null ? [] : [name];
  return { address: addressOf({ statement, keyId }), statement, principals, keyId };
}

function judged(approvals: readonly SignedApproval[], own: Partial<ApprovalTerms> = {}) {
  const { views, enough } = judgeApprovals(approvals, { ...terms, ...own });
  return { states: views.map(({ state }) => state), enough };
}

describe("judgeApprovals", () => {
  test("a listed person's approval of this content counts", () => {
    expect(judged([approvalBy("ada@shop.example")])).toEqual({ states: ["counts"], enough: true });
  });

  test("nothing is not enough", () => {
    expect(judged([])).toEqual({ states: [], enough: false });
  });

  const rules = terms.rules;
  test.for<[string, SignedApproval, Partial<ApprovalTerms>, string]>([
    ["an edit afterwards voids it", approvalBy("ada"), { tree: "e".repeat(40) }, "other-content"],
    ["another policy voids it", approvalBy("ada"), { policy: sha256Digest("x") }, "other-policy"],
    ["an unlisted key does not count", approvalBy(null), {}, "not-listed"],
    ["others were asked", approvalBy("ada"), { rules: { ...rules, by: ["bob"] } }, "not-asked"],
    [
      "the author's own does not count",
      approvalBy("Author@Shop.example"),
      { rules: { ...rules, notAuthor: true } },
      "author",
    ],
    [
      "an unknown author may be the approver",
      approvalBy("ada"),
      { rules: { ...rules, notAuthor: true }, authors: null },
      "author",
    ],
  ])("%s", ([, approval, own, state]) => {
    expect(judged([approval], own)).toEqual({ states: [state], enough: false });
  });

  test("the author's own counts where the policy does not mind", () => {
    expect(judged([approvalBy("author@shop.example")]).enough).toBe(true);
  });

  test("one person does not make two, be it by another key or another time", () => {
    const two = { rules: { ...rules, count: 2 } };
    const later = "2026-06-02T12:00:00.000Z";
    expect(judged([approvalBy("ada"), approvalBy("ADA", later, "other key")], two)).toEqual({
      states: ["counts", "repeated"],
      enough: false,
    });
    expect(judged([approvalBy("ada"), approvalBy("bob", later, "ada")], two)).toMatchObject({
      enough: false,
    });
    expect(judged([approvalBy("ada"), approvalBy("bob")], two).enough).toBe(true);
  });

  test("the order in which they are found does not matter", () => {
    const all = [
      approvalBy("ada"),
      approvalBy("bob"),
      approvalBy(null),
      approvalBy("ada", TIME, "k"),
    ];
    const forwards = judgeApprovals(all, terms);
    expect(judgeApprovals(all.toReversed(), terms)).toEqual(forwards);
  });

  const good = approvalBy("ada").statement;
  test.for<[string, unknown]>([
    ["another predicate", { ...good, predicateType: "https://slsa.dev/verification_summary/v1" }],
    ["no tree", { ...good, subject: [{ name: "tree", digest: { sha256: "a".repeat(64) } }] }],
    [
      "two trees",
      { ...good, subject: [...good.subject, { name: "t", digest: { gitTree: "e".repeat(40) } }] },
    ],
    ["a field more", { ...good, predicate: { ...good.predicate, all: true } }],
    ["no policy", { ...good, predicate: { ...good.predicate, policy: { digest: {} } } }],
    ["a time that is none", { ...good, predicate: { ...good.predicate, time: "always" } }],
  ])("a statement with %s never counts", ([, statement]) => {
    const approval = { ...approvalBy("ada"), statement } as SignedApproval;
    expect(judged([approval]).enough).toBe(false);
  });
});

describe("acceptApproved", () => {
  const found = (rule: RuleId) =>
    finding({ rule, subject: "x", message: "It is so.", location: lineLocation("a.ts", 1) });
  const { views, enough } = judgeApprovals([approvalBy("ada")], terms);

  test("covers what waits for a person, and nothing else", () => {
    const rules = ["policy/protected-path", "policy/invalid", "sandbox/new-egress"] as const;
    const findings = acceptApproved(rules.map(found), views, enough);
    expect(findings.map(({ exception }) => exception?.owner)).toEqual([
      "ada",
      undefined,
      undefined,
    ]);
  });

  test("covers nothing while approvals are missing", () => {
    const findings = [found("policy/protected-path")];
    expect(acceptApproved(findings, views, false)).toEqual(findings);
    expect(acceptApproved(findings, [], true)).toEqual(findings);
  });
});
