import { applyPolicy } from "../core/apply-policy.ts";
import { acceptApproved } from "../core/approvals.ts";
import type { CheckInput } from "../core/checks/check.ts";
import { runChecks } from "../core/checks/run-checks.ts";
import { sandboxFindings } from "../core/checks/sandbox.ts";
import { compareRuns } from "../core/compare-runs.ts";
import { gatherEvidence, missingEvidence } from "../core/evidence.ts";
import { judge } from "../core/judge.ts";
import type { Review } from "../core/review.ts";
import { trustScore } from "../core/trust-score.ts";
import { WEIGHTS } from "../core/weights.ts";
import { readApprovals } from "./approvals.ts";
import { addNotedAuthors } from "./carry-authors.ts";
import { buildChange } from "./change.ts";
import { readContext } from "./context.ts";
import { gatherFacts, isWhole } from "./facts.ts";
import { readPolicy } from "./policy.ts";
import type { Ports } from "./ports.ts";
import { runBaseAndHead } from "./runs.ts";
import { scanForSecrets } from "./secrets.ts";
import type { ReviewOptions } from "./session.ts";

/**
 * The whole pipeline, in order: edits and git make the change, the merge base gives the policy,
 * checks and runs give findings, the policy weighs them, and verdict and score sum up.
 * Every stage takes read-only records and returns new ones. Throws GateError only for what makes
 * judging impossible; what a stage could not find out becomes a finding of kind `unproven`.
 */
export async function gate(ports: Ports, options: ReviewOptions): Promise<Review> {
  const { repository, journal, clock } = ports;
  const { selection = {}, progress = () => {}, signal } = options;

  const built = await buildChange(repository, journal, selection, signal);
  const { change, texts, assistedPaths } = await addNotedAuthors(ports, built, signal);
  const loaded = await readPolicy(repository, change, signal);
  const { policy } = loaded;
  const context = await readContext(repository, change, policy, signal);
  const secrets = await scanForSecrets(change, texts);
  const now = clock.now();
  const known = { change, texts, context, policy, assistedPaths, secrets, now };

  const [facts, outcome] = await Promise.all([
    gatherFacts(ports, known, options),
    runBaseAndHead(ports, change, policy, { ...options, progress }),
  ]);
  const input: CheckInput = { ...known, facts };
  const checked = runChecks(input, loaded.problems);
  const runs = outcome.kind === "done" ? { base: outcome.base, head: outcome.head } : null;
  const delta = runs && compareRuns(runs.base, runs.head);
  const observed = sandboxFindings(input, outcome, delta);

  const approvals = await readApprovals(ports, change, loaded, signal);
  const found = applyPolicy([...checked, ...observed], loaded, clock.now());
  const findings = acceptApproved(found, approvals.views, approvals.enough);
  const evidence = gatherEvidence(change, runs, [
    ...(approvals.enough ? (["approval"] as const) : []),
    ...(isWhole(facts) ? (["facts"] as const) : []),
  ]);
  const verdict = judge(findings, evidence, loaded);
  const missing = missingEvidence(evidence, policy.require);
  const score = trustScore(findings, missing, WEIGHTS[policy.weights]);

  const { hash, origin, problems } = loaded;
  const record = {
    schemaVersion: 1,
    change,
    facts,
    runs,
    delta,
    findings,
    verdict,
    score,
  } as const;
  return { ...record, approvals: approvals.views, policy: { hash, origin, problems } };
}
