import type { ApprovalView } from "./approvals.ts";
import type { Change } from "./change.ts";
import type { Delta } from "./delta.ts";
import type { Fact } from "./fact.ts";
import type { Finding } from "./finding.ts";
import type { LoadedPolicy } from "./policy/policy.ts";
import type { RunRecord } from "./run.ts";
import type { Score } from "./score.ts";
import type { Verdict } from "./verdict.ts";

/** Everything that the gate says about one change: what every front shows. */
export interface Review {
  readonly schemaVersion: 1;
  readonly change: Change;
  readonly policy: Pick<LoadedPolicy, "hash" | "origin" | "problems">;
  /** What was learnt about the packages that the change brings in. */
  readonly facts: readonly Fact[];
  readonly runs: { readonly base: RunRecord; readonly head: RunRecord } | null;
  readonly delta: Delta | null;
  /** Most severe first, then by path and line. */
  readonly findings: readonly Finding[];
  /** Approvals on record about this content, oldest first, whether or not they count. */
  readonly approvals: readonly ApprovalView[];
  readonly verdict: Verdict;
  readonly score: Score;
}
