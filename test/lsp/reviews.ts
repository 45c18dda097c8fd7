import { type Draft, finding } from "../../server/core/checks/check.ts";
import { sha256Digest } from "../../server/core/digest.ts";
import type { Finding } from "../../server/core/finding.ts";
import type { Review } from "../../server/core/review.ts";

const BLOB = "b".repeat(40);

/** A finding of a rule at a line, with what a test cares about. */
export function aFinding(draft: Partial<Draft> & { readonly line?: number } = {}): Finding {
  const { line = 3, ...rest } = draft;
  return finding({
    rule: "dependency/added",
    subject: "left-pad",
    message: "The change adds left-pad.",
    location: { path: "package.json", startLine: line, endLine: line },
    ...rest,
  });
}

/** A review that passes and has nothing, unless told otherwise. */
export function aReview(parts: Partial<Review> = {}): Review {
  const change: Review["change"] = {
    schemaVersion: 1,
    id: sha256Digest("change"),
    branch: "feature",
    base: { commit: "a".repeat(40), tree: "c".repeat(40) },
    head: { kind: "working-tree", commit: "a".repeat(40), tree: "d".repeat(40) },
    files: ["package.json", "src/export.ts"].map((path) => ({
      path,
      status: "modified",
      before: { path, blob: "e".repeat(40), mode: "100644" },
      after: { path, blob: BLOB, mode: "100644" },
      opaque: false,
      addedLines: [{ start: 3, end: 4 }],
      removedLineCount: 0,
      lines: [
        {
          range: { start: 3, end: 4 },
          attribution: {
            kind: "ai",
            by: { agent: "claude-code", session: "s_9f", model: "model-1" },
            source: "hook",
            confidence: "proven",
          },
          evidence: [],
        },
      ],
    })),
    sessions: [{ agent: "claude-code", session: "s_9f" }],
  };
  return {
    schemaVersion: 1,
    change,
    policy: { hash: sha256Digest("policy"), origin: "default", problems: [] },
    facts: [],
    runs: null,
    delta: null,
    findings: [],
    approvals: [],
    verdict: { status: "pass", change: change.id, policy: sha256Digest("policy"), reasons: [] },
    score: { value: 100, grade: "A", weights: "1", deductions: [] },
    ...parts,
  };
}
