import type { Review } from "../../core/review.ts";
import type { ChangeView, FindingGroups, TrustStatus } from "../../protocol.ts";
import type { UriOf } from "../diagnostics.ts";
import { changeNodes } from "./change.ts";
import { findingNodes } from "./findings.ts";
import { runNodes } from "./runs.ts";

/** Everything that the view container shows about a reviewed folder. Pure. */
export function changeView(
  review: Review,
  status: TrustStatus,
  groupBy: FindingGroups,
  uriOf: UriOf,
): ChangeView {
  return {
    folder: status.folder,
    change: changeNodes(review, status, uriOf),
    findings: findingNodes(review, groupBy, uriOf),
    runs: runNodes(review, uriOf),
    blocking: review.verdict.reasons.filter(({ kind }) => kind === "finding").length,
  };
}
