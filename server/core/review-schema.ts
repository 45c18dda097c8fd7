import { z } from "zod";

import { APPROVAL_STATES, type ApprovalState } from "./approvals.ts";
import { SEVERITIES } from "./finding.ts";
import type { Review } from "./review.ts";
import { type RuleId, RULES } from "./rules.ts";
import { EVIDENCE_KINDS } from "./verdict.ts";

/**
 * The records of a review as schemas: they publish the JSON that the command line prints and check
 * what comes back from a cache. The type below fails to compile when records and schemas part ways.
 */

export const DigestText = z.templateLiteral(["sha256:", z.string().regex(/^[0-9a-f]{64}$/)]).meta({
  id: "Digest",
  description: "SHA-256 of a record's canonical JSON (RFC 8785), or of an image's content.",
});

const objectId = z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/);
const commit = objectId.describe("A git commit id.");
const tree = objectId.describe("A git tree id.");
const blob = objectId.describe("A git blob id.");
const repoPath = z.string().min(1).describe("A path from the repository's root, with `/`.");
const instant = z.iso.datetime().describe("ISO 8601, UTC.");
const line = z.int().min(1);
const count = z.int().min(0);

const ruleId = z.enum(Object.keys(RULES) as [RuleId, ...RuleId[]]).describe("A rule's id.");

export const LocationRecord = z
  .strictObject({
    path: repoPath,
    startLine: line,
    endLine: line,
    startColumn: z.int().min(1).exactOptional(),
    endColumn: z.int().min(1).exactOptional(),
  })
  .meta({
    id: "Location",
    description:
      "Lines and columns count from 1; columns count UTF-16 units, the end is exclusive.",
  });

const AgentSession = z.strictObject({
  agent: z.string(),
  session: z.string(),
  model: z.string().exactOptional(),
});
const source = z.enum(["hook", "transcript", "editor", "note", "trailer"]);
const confidence = z.enum(["proven", "likely"]);
const Attribution = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("unknown") }),
  z.strictObject({ kind: z.literal("human"), source, confidence }),
  z.strictObject({ kind: z.literal("ai"), by: AgentSession, source, confidence }),
]);

const LineRange = z.strictObject({ start: line, end: line });
const FileVersion = z.strictObject({ path: repoPath, blob, mode: z.string() });

const ChangedFile = z.strictObject({
  path: repoPath,
  status: z.enum(["added", "modified", "deleted", "renamed", "type-changed"]),
  before: FileVersion.nullable(),
  after: FileVersion.nullable(),
  opaque: z.boolean(),
  addedLines: z.array(LineRange),
  removedLineCount: count,
  lines: z.array(
    z.strictObject({
      range: LineRange,
      attribution: Attribution,
      evidence: z.array(DigestText),
    }),
  ),
});

export const ChangeRecord = z
  .strictObject({
    schemaVersion: z.literal(1),
    id: DigestText,
    base: z.strictObject({ commit, tree }),
    head: z.strictObject({
      kind: z.enum(["working-tree", "index", "commit"]),
      commit: commit.nullable(),
      tree,
    }),
    branch: z.string().nullable(),
    files: z.array(ChangedFile),
    sessions: z.array(AgentSession),
  })
  .meta({
    id: "Change",
    description: "What a branch adds over its merge base, working tree included.",
  });

const StackFrame = z.strictObject({ path: repoPath, line, column: z.int().min(0) });
const stack = z.array(StackFrame).exactOptional();
const unseenByProbe = z.literal(true).exactOptional();
const Behaviour = z
  .discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("connect"),
      protocol: z.enum(["tcp", "udp", "icmp"]),
      address: z.string(),
      port: z.int().min(0).max(65_535),
      host: z.string().exactOptional(),
      process: z.string(),
      count,
      stack,
      unseenByProbe,
    }),
    z.strictObject({ kind: z.literal("lookup"), name: z.string(), type: z.string(), count, stack }),
    z.strictObject({
      kind: z.literal("process"),
      argv: z.array(z.string()),
      count,
      stack,
      unseenByProbe,
    }),
    z.strictObject({
      kind: z.literal("file"),
      operation: z.enum(["added", "modified", "deleted"]),
      path: repoPath,
    }),
  ])
  .meta({ id: "Behaviour" });

const TestOutcome = z
  .strictObject({
    name: z.string(),
    status: z.enum(["passed", "failed", "skipped"]),
    durationMs: z.number().min(0),
    message: z.string().exactOptional(),
    location: z.strictObject({ path: repoPath, line }).exactOptional(),
  })
  .meta({ id: "TestOutcome" });

const RunEnd = z.discriminatedUnion("reason", [
  z.strictObject({ reason: z.literal("exited"), code: z.int() }),
  z.strictObject({
    reason: z.enum(["timeout", "out-of-memory", "output-limit", "tampered", "cancelled"]),
  }),
  z.strictObject({ reason: z.literal("engine-lost"), detail: z.string() }),
]);

const Limits = z.strictObject({
  memoryBytes: count,
  cpus: z.number().positive(),
  pids: count,
  timeoutMs: count,
  outputBytes: count,
  workspaceBytes: count,
  workspaceFiles: count,
});

export const IsolationRecord = z
  .strictObject({
    level: z.enum(["microvm", "gvisor", "container", "os", "none"]),
    engine: z.string(),
    selfTest: z.strictObject({
      connectionDenied: z.boolean(),
      writeDenied: z.boolean(),
      limitsApplied: z.boolean(),
      unprivileged: z.boolean(),
    }),
  })
  .meta({ id: "Isolation", description: "What the sandbox proved about itself by trying it." });

const versionParts = {
  publishedAt: instant.exactOptional(),
  hasInstallScript: z.boolean().exactOptional(),
  deprecated: z.string().exactOptional(),
  license: z.string().exactOptional(),
  publisher: z.string().exactOptional(),
  attested: z.boolean().exactOptional(),
  provenance: z.enum(["verified", "invalid"]).exactOptional(),
};
const purl = z.string().regex(/^pkg:/u).describe("A package URL (purl-spec).");

export const FactRecord = z
  .discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("package"),
      purl,
      source: z.string(),
      time: instant,
      exists: z.boolean(),
      version: z.string().exactOptional(),
      versionExists: z.boolean().exactOptional(),
      latest: z.string().exactOptional(),
      firstPublishedAt: instant.exactOptional(),
      before: z.strictObject({ version: z.string(), ...versionParts }).exactOptional(),
      ...versionParts,
    }),
    z.strictObject({
      kind: z.literal("advisories"),
      purl,
      source: z.string(),
      time: instant,
      advisories: z.array(
        z.strictObject({
          id: z.string(),
          aliases: z.array(z.string()),
          summary: z.string(),
          isMalicious: z.boolean(),
          fixed: z.string().nullable(),
        }),
      ),
    }),
    z.strictObject({
      kind: z.literal("unavailable"),
      subject: purl,
      lacks: z.enum(["package", "advisories"]),
      source: z.string(),
      time: instant,
      reason: z.string(),
    }),
  ])
  .meta({ id: "Fact", description: "Something learnt from outside, with source and time." });

export const RunRecordSchema = z
  .strictObject({
    schemaVersion: z.literal(1),
    key: DigestText,
    request: z.strictObject({
      tree,
      image: DigestText,
      dependencies: DigestText.nullable(),
      command: z.array(z.string()),
      limits: Limits,
    }),
    isolation: IsolationRecord,
    startedAt: instant,
    durationMs: z.number().min(0),
    end: RunEnd,
    tests: z.array(TestOutcome),
    behaviours: z.array(Behaviour),
    outputTail: z.string(),
    peakMemoryBytes: count.nullable(),
  })
  .meta({ id: "Run", description: "One execution in a sandbox." });

export const RunPair = z.strictObject({ base: RunRecordSchema, head: RunRecordSchema });

export const DeltaRecord = z
  .strictObject({
    base: DigestText,
    head: DigestText,
    tests: z.array(
      z.strictObject({
        name: z.string(),
        before: TestOutcome.nullable(),
        after: TestOutcome.nullable(),
      }),
    ),
    appeared: z.array(Behaviour),
  })
  .meta({ id: "Delta", description: "What the head run does that the base run does not." });

export const FindingRecord = z
  .strictObject({
    fingerprint: DigestText,
    rule: ruleId,
    kind: z.enum(["violation", "unproven"]),
    severity: z.enum(SEVERITIES),
    message: z.string(),
    location: LocationRecord,
    related: z.array(z.strictObject({ location: LocationRecord, message: z.string() })),
    evidence: z.array(DigestText),
    remedy: z.string(),
    fixes: z.array(
      z.strictObject({
        title: z.string(),
        edits: z.array(z.strictObject({ location: LocationRecord, newText: z.string() })),
      }),
    ),
    exception: z
      .strictObject({
        reason: z.string(),
        owner: z.string(),
        expires: z.iso.date().exactOptional().describe("Left out where it is an approval."),
      })
      .exactOptional(),
  })
  .meta({ id: "Finding" });

export const ApprovalRecord = z
  .strictObject({
    address: DigestText,
    by: z.string().nullable().describe("Null where no key that the base lists signed it."),
    reason: z.string(),
    time: instant,
    state: z.enum(Object.keys(APPROVAL_STATES) as [ApprovalState, ...ApprovalState[]]),
  })
  .meta({ id: "Approval", description: "What the signer says, and whether it counts." });

const evidence = z.enum(EVIDENCE_KINDS);

export const VerdictRecord = z
  .strictObject({
    status: z.enum(["pass", "fail", "unproven"]),
    change: DigestText,
    policy: DigestText,
    reasons: z.array(
      z.discriminatedUnion("kind", [
        z.strictObject({ kind: z.literal("finding"), fingerprint: DigestText, text: z.string() }),
        z.strictObject({ kind: z.literal("missing"), evidence, text: z.string() }),
      ]),
    ),
  })
  .describe("Missing evidence is `unproven`, never `pass`.");

export const ScoreRecord = z
  .strictObject({
    value: z.int().min(0).max(100),
    grade: z.enum(["A", "B", "C", "D", "E", "F"]),
    weights: z.string(),
    deductions: z.array(
      z.strictObject({
        points: z.int().min(1),
        reason: z.string(),
        subject: z.discriminatedUnion("kind", [
          z.strictObject({ kind: z.literal("finding"), fingerprint: DigestText }),
          z.strictObject({ kind: z.literal("missing"), evidence }),
        ]),
        remedy: z.string(),
      }),
    ),
  })
  .describe("100 minus the deductions, floor 0. A summary for people, never the gate.");

export const ReviewRecord = z
  .strictObject({
    schemaVersion: z.literal(1),
    change: ChangeRecord,
    policy: z.strictObject({
      hash: DigestText,
      origin: z.union([
        z.literal("default"),
        z.strictObject({ commit: z.string(), path: z.string() }),
      ]),
      problems: z.array(z.strictObject({ message: z.string(), location: LocationRecord })),
    }),
    facts: z.array(FactRecord),
    runs: RunPair.nullable(),
    delta: DeltaRecord.nullable(),
    findings: z.array(FindingRecord),
    approvals: z.array(ApprovalRecord),
    verdict: VerdictRecord,
    score: ScoreRecord,
  })
  .describe("Everything that the gate says about one change.");

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

/** Fails to compile when the schemas above and the record of review.ts differ: extend both. */
export const REVIEW_SCHEMA_MATCHES: Same<DeepReadonly<z.infer<typeof ReviewRecord>>, Review> = true;
