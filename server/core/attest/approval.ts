import { z } from "zod";

import type { Review } from "../review.ts";
import { DigestSet, PREDICATES, STATEMENT_TYPE, statementOf } from "./statement.ts";
import { digestSet, subjectsOf } from "./subjects.ts";

/** Longest reason that an approval gives, in UTF-16 units. */
export const REASON_LENGTH = 2000;

/** A person accepts exactly this tree under exactly this policy. Who it is, the signature says. */
export const ApprovalStatement = statementOf(
  PREDICATES.approval,
  z.strictObject({
    policy: z.strictObject({ digest: DigestSet }),
    change: z.string().max(100),
    base: z.string().max(100),
    reason: z.string().max(REASON_LENGTH),
    time: z.iso.datetime(),
    /** What the person was shown. */
    seen: z.strictObject({
      status: z.enum(["pass", "fail", "unproven"]),
      score: z.int().min(0).max(100),
    }),
  }),
);
export type ApprovalStatement = z.infer<typeof ApprovalStatement>;

/** The statement of a person who accepts a change as a review showed it. */
export function approvalStatement(
  { change, policy, verdict, score }: Review,
  { reason, time }: { readonly reason: string; readonly time: string },
): ApprovalStatement {
  return ApprovalStatement.parse({
    _type: STATEMENT_TYPE,
    subject: subjectsOf({ tree: change.head.tree }),
    predicateType: PREDICATES.approval,
    predicate: {
      policy: { digest: digestSet(policy.hash) },
      change: change.id,
      base: change.base.commit,
      reason,
      time,
      seen: { status: verdict.status, score: score.value },
    },
  });
}
