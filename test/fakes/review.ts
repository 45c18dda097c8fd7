import type { ChangedFile } from "../../server/core/change.ts";
import { changeId } from "../../server/core/change.ts";
import { type Draft, finding } from "../../server/core/checks/check.ts";
import { sha256Digest } from "../../server/core/digest.ts";
import type { Finding } from "../../server/core/finding.ts";
import type { Review } from "../../server/core/review.ts";
import type { RunRecord, TestOutcome } from "../../server/core/run.ts";
import { aRunRecord, aRunRequest } from "./run-record.ts";

const oid = (digit: string) => digit.repeat(40);

/** A modified file, all of whose added lines are an assistant's. */
function modified(path: string, start: number, end: number): ChangedFile {
  const version = { path, mode: "100644" };
  return {
    path,
    status: "modified",
    before: { ...version, blob: oid("1") },
    after: { ...version, blob: oid("2") },
    opaque: false,
    addedLines: [{ start, end }],
    removedLineCount: 1,
    lines: [
      {
        range: { start, end },
        attribution: {
          kind: "ai",
          by: { agent: "claude-code", session: "s-1", model: "m-1" },
          source: "hook",
          confidence: "proven",
        },
        evidence: [sha256Digest("entry")],
      },
    ],
  };
}

/** A run that ended by itself, with these test results. */
export function fakeRun(tree: string, tests: readonly TestOutcome[]): RunRecord {
  return aRunRecord({
    request: aRunRequest({ tree: oid(tree), command: ["node", "--test"] }),
    durationMs: 1234,
    end: { reason: "exited", code: tests.some(({ status }) => status === "failed") ? 1 : 0 },
    tests,
  });
}

const passed: TestOutcome = { name: "writes headers", status: "passed", durationMs: 1 };
const failed: TestOutcome = {
  name: "writes headers",
  status: "failed",
  durationMs: 1,
  location: { path: "test/export.test.ts", line: 15 },
};

/** What stands in the fake review unless told otherwise. */
export const DRAFTS: readonly Draft[] = [
  {
    rule: "sandbox/test-outcome-changed",
    subject: "writes headers",
    message: "writes headers passed on the base and fails now.",
    location: { path: "test/export.test.ts", startLine: 15, endLine: 15 },
    related: [
      {
        location: {
          path: "src/export.ts",
          startLine: 9,
          endLine: 9,
          startColumn: 7,
          endColumn: 14,
        },
        message: "The change touches this.",
      },
    ],
  },
  {
    rule: "dependency/added",
    subject: "csv-stringify",
    message: "csv-stringify was added.",
    location: { path: "package.json", startLine: 14, endLine: 14, startColumn: 5, endColumn: 20 },
    fixes: [
      {
        title: "Remove csv-stringify",
        edits: [{ location: { path: "package.json", startLine: 14, endLine: 14 }, newText: "" }],
      },
    ],
  },
];

interface Wish {
  readonly findings?: readonly Finding[];
  readonly ran?: boolean;
  readonly branch?: string | null;
}

/** A whole review as the gate would make it: the verdict and the sum follow from the findings. */
export function fakeReview(wish: Wish = {}): Review {
  const { findings = DRAFTS.map(finding), ran = true, branch = "feature/csv" } = wish;
  const files = [modified("package.json", 14, 14), modified("src/export.ts", 9, 12)];
  const id = changeId(oid("a"), files);
  const open = findings.filter(({ exception }) => exception === undefined);
  const blocking = open.filter(({ severity }) => severity === "error");
  const costs = { error: 15, warning: 4, info: 1 };
  const deductions = [
    ...(ran
      ? []
      : [
          {
            points: 15,
            reason: "No sandbox run of this change.",
            subject: { kind: "missing" as const, evidence: "run" as const },
            remedy: "Run the change in the sandbox.",
          },
        ]),
    ...open.map(({ severity, message, fingerprint, remedy }) => ({
      points: costs[severity],
      reason: message,
      subject: { kind: "finding" as const, fingerprint },
      remedy,
    })),
  ];
  const sum = deductions.reduce((total, { points }) => total + points, 0);
  const runs = { base: fakeRun("c", [passed]), head: fakeRun("d", [failed]) };
  return {
    schemaVersion: 1,
    change: {
      schemaVersion: 1,
      id,
      base: { commit: oid("a"), tree: oid("c") },
      head: { kind: "working-tree", commit: oid("b"), tree: oid("d") },
      branch,
      files,
      sessions: [{ agent: "claude-code", session: "s-1", model: "m-1" }],
    },
    policy: { hash: sha256Digest("policy"), origin: "default", problems: [] },
    approvals: [],
    facts: [],
    runs: ran ? runs : null,
    delta: ran
      ? {
          base: runs.base.key,
          head: runs.head.key,
          tests: [{ name: failed.name, before: passed, after: failed }],
          appeared: [
            {
              kind: "connect",
              protocol: "tcp",
              address: "198.51.100.7",
              port: 443,
              process: "node",
              count: 1,
              stack: [{ path: "src/export.ts", line: 25, column: 16 }],
            },
          ],
        }
      : null,
    findings,
    verdict: {
      status: blocking.length > 0 ? "fail" : ran ? "pass" : "unproven",
      change: id,
      policy: sha256Digest("policy"),
      reasons: [
        ...blocking.map(({ fingerprint, message }) => ({
          kind: "finding" as const,
          fingerprint,
          text: message,
        })),
        ...(ran
          ? []
          : [
              {
                kind: "missing" as const,
                evidence: "run" as const,
                text: "This exact change has not been run.",
              },
            ]),
      ],
    },
    score: { value: Math.max(0, 100 - sum), grade: sum < 10 ? "A" : "F", weights: "1", deductions },
  };
}
