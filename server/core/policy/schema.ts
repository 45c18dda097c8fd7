import { z } from "zod";

import { SEVERITIES } from "../finding.ts";
import { isRuleId, type RuleId, RULES } from "../rules.ts";
import { EVIDENCE_KINDS } from "../verdict.ts";

const ruleId = z
  .string()
  .refine(isRuleId, { error: (issue) => `There is no rule "${String(issue.input)}".` })
  .describe(`A rule: ${Object.keys(RULES).join(", ")}.`);
const glob = z
  .string()
  .min(1)
  .max(500)
  .describe("A glob (minimatch) over paths from the repository root.");

const Exception = z.strictObject({
  rule: ruleId,
  paths: z.array(glob).min(1).max(200).describe("Files that it covers."),
  reason: z.string().min(10).describe("Why this is acceptable; at least ten characters."),
  owner: z.string().min(1).describe("Who answers for it."),
  expires: z.iso.date().describe("Last day on which it holds (YYYY-MM-DD)."),
});

const Sandbox = z.strictObject({
  command: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe(
      "What is run on base and head, as an argument list. Default: the project's test script.",
    ),
  image: z
    .string()
    .optional()
    .describe("A Shipgate recipe such as `node-24`, or an image pinned by digest (name@sha256:…)."),
  memory: z.int().min(64).max(65_536).optional().describe("Memory of the box in MiB."),
  cpus: z.number().min(0.1).max(64).optional().describe("Processors of the box."),
  pids: z
    .int()
    .min(16)
    .max(32_768)
    .optional()
    .describe("How many processes and threads it may have."),
  timeout: z.int().min(1).max(3600).optional().describe("Time limit of one run in seconds."),
  egress: z
    .array(z.string().min(1))
    .max(200)
    .optional()
    .describe("Hosts that a run may try to reach without a finding. The box has no route to them."),
});

/** `shipgate.yaml`. Unknown keys are mistakes: a misspelt protection must not pass silently. */
export const PolicyFile = z
  .strictObject({
    version: z.literal(1).describe("Version of this format."),
    preset: z
      .enum(["relaxed", "balanced", "strict"])
      .optional()
      .describe("What holds where this file is silent. Default: balanced."),
    block: z
      .enum(SEVERITIES)
      .optional()
      .describe("Findings at or above this severity fail the gate."),
    rules: z
      .record(ruleId, z.enum([...SEVERITIES, "off"]))
      .optional()
      .describe("Severity of single rules."),
    "protected-paths": z.array(glob).max(1000).optional().describe("Files that need a person."),
    require: z
      .array(z.enum(EVIDENCE_KINDS))
      .optional()
      .describe("Evidence without which a change is unproven."),
    sandbox: Sandbox.optional().describe("How base and head are run."),
    exceptions: z
      .array(Exception)
      .max(500)
      .optional()
      .describe("Findings that are accepted for a time."),
  })
  .describe("Shipgate's policy. It is read from the merge base of the change that it judges.");
export type PolicyFile = z.infer<typeof PolicyFile>;

export type RuleSeverities = { readonly [rule in RuleId]?: (typeof SEVERITIES)[number] | "off" };
