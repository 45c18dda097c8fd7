import { z } from "zod";

import { SEVERITIES } from "../finding.ts";
import { type RuleId, RULES } from "../rules.ts";
import { EVIDENCE_KINDS } from "../verdict.ts";
import { WEIGHT_VERSIONS } from "../weights.ts";
import { readCodePattern } from "./code-pattern.ts";
import { globMistake } from "./glob.ts";

const RULE_IDS = Object.keys(RULES) as RuleId[];
const RuleSeverity = z.enum([...SEVERITIES, "off"]);
const ruleId = z.enum(RULE_IDS).describe("A rule's id.");
const glob = z
  .string()
  .min(1)
  .max(500)
  .superRefine((value, context) => {
    const mistake = globMistake(value);
    if (mistake !== null) context.addIssue(mistake);
  })
  .describe("A glob (minimatch) over paths from the repository root.");
const words = (least: number, description: string) =>
  z.string().min(least).max(1000).describe(description);

const size = (description: string) =>
  z.int().min(1).max(1_000_000).nullable().optional().describe(`${description} null: any number.`);

const Exception = z.strictObject({
  rule: ruleId.describe("The rule whose findings are accepted."),
  paths: z.array(glob).min(1).max(200).describe("Files that it covers."),
  reason: words(10, "Why this is acceptable; at least ten characters."),
  owner: words(1, "Who answers for it."),
  expires: z.iso.date().describe("Last day on which it holds (YYYY-MM-DD)."),
});

const ForbiddenApi = z.strictObject({
  pattern: z
    .string()
    .min(2)
    .max(200)
    .refine((value) => readCodePattern(value).length > 0, "The pattern would match every line.")
    .describe(
      'Code as it would be written: spaces do not count, `*` stands for anything on the line, `""` for any string, `f""` for a string with values in it.',
    ),
  paths: z
    .array(glob)
    .min(1)
    .max(200)
    .optional()
    .describe("Files in which it is forbidden. Default: all."),
  reason: words(10, "Why, and what to use instead; at least ten characters."),
});

const ChangeSize = z.strictObject({
  lines: size("Most lines, added and removed ones together."),
  files: size("Most files."),
});

const Approvals = z.strictObject({
  count: z.int().min(1).max(20).optional().describe("How many people must approve. Default: 1."),
  by: z
    .array(words(1, "A name of the list."))
    .min(1)
    .max(500)
    .optional()
    .describe("Whose approval counts, by name in .shipgate/allowed-signers. Default: all of them."),
  "not-author": z
    .boolean()
    .optional()
    .describe("Whether the authors of a change cannot approve it. Default: false; strict: true."),
});

const Sandbox = z.strictObject({
  command: z
    .array(z.string().min(1).max(1000))
    .min(1)
    .max(100)
    .optional()
    .describe(
      "What is run on base and head, as an argument list. Default: the project's test script.",
    ),
  image: z
    .string()
    .min(1)
    .max(500)
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
    .array(z.string().min(1).max(253))
    .max(200)
    .optional()
    .describe("Hosts that a run may try to reach without a finding. The box has no route to them."),
});

const Facts = z.strictObject({
  osv: z
    .string()
    .min(1)
    .max(2000)
    .optional()
    .describe("A folder of OSV records, or the address of an OSV API that this project may ask."),
  vex: z
    .array(z.string().min(1).max(500))
    .max(50)
    .optional()
    .describe("OpenVEX documents of this repository."),
  "minimum-age": z
    .int()
    .min(0)
    .max(8760)
    .optional()
    .describe("Hours for which a version must have been public before it comes in."),
});

const licenseIds = z.array(z.string().min(1).max(100)).max(500);
const Dependencies = z.strictObject({
  deny: z
    .array(z.string().min(1).max(300))
    .max(1000)
    .optional()
    .describe("Packages that may not come in: names or package URLs; `*` stands for anything."),
  licenses: z
    .strictObject({
      allow: licenseIds.optional().describe("SPDX ids that are fine; all others are not."),
      deny: licenseIds.optional().describe("SPDX ids that are not."),
    })
    .optional()
    .describe("Licences of packages that come in."),
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
    rules: z.partialRecord(ruleId, RuleSeverity).optional().describe("Severity of single rules."),
    "protected-paths": z.array(glob).max(1000).optional().describe("Files that need a person."),
    "forbidden-apis": z
      .array(ForbiddenApi)
      .max(200)
      .optional()
      .describe("Code that may not be added, beside the few things that are wrong everywhere."),
    "change-size": ChangeSize.optional().describe(
      "Most that one change may have. Lock and generated files are not counted.",
    ),
    require: z
      .array(z.enum(EVIDENCE_KINDS))
      .max(20)
      .optional()
      .describe("Evidence without which a change is unproven."),
    approvals: Approvals.optional().describe(
      "Required approvals: setting this requires them. Keys are read from .shipgate/allowed-signers of the merge base.",
    ),
    sandbox: Sandbox.optional().describe("How base and head are run."),
    facts: Facts.optional().describe("Where facts about packages come from."),
    dependencies: Dependencies.optional().describe("Which packages may come in."),
    exceptions: z
      .array(Exception)
      .max(500)
      .optional()
      .describe("Findings that are accepted for a time."),
    weights: z
      .enum(WEIGHT_VERSIONS)
      .optional()
      .describe("Version of the trust score's weights. Default: the newest."),
  })
  .describe("Shipgate's policy. It is read from the merge base of the change that it judges.");
export type PolicyFile = z.infer<typeof PolicyFile>;

/** The policy file's JSON Schema (draft-07), for completion and hovers in editors. */
export function policyJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(PolicyFile, {
    target: "draft-07",
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema !== PolicyFile.shape.rules.unwrap()) return;
      // Editors complete from `properties`; zod writes the record's keys as `propertyNames` only.
      delete jsonSchema.propertyNames;
      jsonSchema.additionalProperties = false;
      jsonSchema.properties = Object.fromEntries(
        RULE_IDS.map((rule) => [
          rule,
          {
            type: "string",
            enum: [...RuleSeverity.options],
            default: RULES[rule].severity,
            description: `${RULES[rule].title}. ${RULES[rule].what}`,
          },
        ]),
      );
    },
  });
}
