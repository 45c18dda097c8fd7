import * as fc from "fast-check";

import { finding } from "../../../server/core/checks/check.ts";
import type { Finding } from "../../../server/core/finding.ts";
import { RULES, type RuleId } from "../../../server/core/rules.ts";
import { EVIDENCE_KINDS } from "../../../server/core/verdict.ts";

const EXCEPTION = { reason: "reviewed by hand", owner: "kim", expires: "2026-12-31" };

/** Any finding: every rule, both kinds, every severity, some of them covered by an exception. */
export const anyFinding: fc.Arbitrary<Finding> = fc
  .record({
    rule: fc.constantFrom(...(Object.keys(RULES) as RuleId[])),
    kind: fc.constantFrom("violation" as const, "unproven" as const),
    severity: fc.constantFrom("info" as const, "warning" as const, "error" as const),
    path: fc.constantFrom("a.ts", "b.ts", "package.json"),
    line: fc.integer({ min: 1, max: 9 }),
    subject: fc.string({ maxLength: 3 }),
    excepted: fc.boolean(),
  })
  .map(({ rule, kind, severity, path, line, subject, excepted }) => {
    const location = { path, startLine: line, endLine: line };
    const made = finding({ rule, kind, subject, message: `${rule} ${subject}`, location });
    return Object.assign(made, { severity }, excepted ? { exception: EXCEPTION } : {});
  });

export const anyFindings = fc.array(anyFinding, { maxLength: 25 });
export const anyEvidence = fc.subarray([...EVIDENCE_KINDS]);
