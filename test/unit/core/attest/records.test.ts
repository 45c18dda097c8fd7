import { describe, expect, test } from "vitest";

import {
  AttributionStatement,
  attributionStatement,
} from "../../../../server/core/attest/attribution.ts";
import {
  RuntimeTraceStatement,
  runtimeTraceStatement,
  TestResultStatement,
  testResultStatement,
} from "../../../../server/core/attest/runs.ts";
import { AnyStatement } from "../../../../server/core/attest/statement.ts";
import { subjectsOf } from "../../../../server/core/attest/subjects.ts";
import {
  VERDICT_FIELD,
  VerificationStatement,
  verificationStatement,
} from "../../../../server/core/attest/verification.ts";
import { sha256Digest } from "../../../../server/core/digest.ts";
import type { Review } from "../../../../server/core/review.ts";
import type { RunRecord } from "../../../../server/core/run.ts";
import { fakeReview, fakeRun } from "../../../fakes/review.ts";

const commit = "1".repeat(40);
const image = { name: "registry.example/shop", digest: sha256Digest("image") };
const review = fakeReview();
const context = {
  about: { commit, image },
  resourceUri: "registry.example/shop",
  time: "2026-06-01T12:00:00.000Z",
  version: "1.2.3",
  had: ["run", "approval"],
  inputs: [sha256Digest("envelope")],
};

function withStatus(status: Review["verdict"]["status"]): Review {
  return { ...review, verdict: { ...review.verdict, status } };
}

describe("subjectsOf", () => {
  test("names image, commit and tree by their digests", () => {
    expect(subjectsOf({ commit, image, tree: "2".repeat(40) })).toEqual([
      { name: "registry.example/shop", digest: { sha256: image.digest.slice(7) } },
      { name: "commit", digest: { gitCommit: commit } },
      { name: "tree", digest: { gitTree: "2".repeat(40) } },
    ]);
  });

  test("a statement about nothing is not made", () => {
    expect(() => subjectsOf({ commit: null })).toThrow(TypeError);
  });
});

describe("verificationStatement", () => {
  test("a pass has the source properties that were proven", () => {
    const { predicate, subject } = verificationStatement(withStatus("pass"), context);
    expect(subject).toHaveLength(2);
    expect(predicate).toMatchObject({
      verificationResult: "PASSED",
      verifiedLevels: [
        "ORG_SOURCE_SHIPGATE_PASS",
        "ORG_SOURCE_SHIPGATE_RUN",
        "ORG_SOURCE_SHIPGATE_APPROVED",
      ],
      policy: { digest: { sha256: review.policy.hash.slice(7) } },
      inputAttestations: [{ digest: { sha256: sha256Digest("envelope").slice(7) } }],
    });
    expect(predicate[VERDICT_FIELD]).toMatchObject({ status: "pass", score: review.score.value });
  });

  test.for(["fail", "unproven"] as const)("%s is FAILED, with no property at all", (status) => {
    const { predicate } = verificationStatement(withStatus(status), context);
    expect(predicate).toMatchObject({ verificationResult: "FAILED", verifiedLevels: ["FAILED"] });
    expect(predicate[VERDICT_FIELD].status).toBe(status);
  });
});

describe("testResultStatement", () => {
  const about = { commit };
  const outcome = (status: "passed" | "failed" | "skipped") =>
    ({ name: `it ${status}`, status, durationMs: 1 }) as const;
  const ends = (run: RunRecord, end: RunRecord["end"]) =>
    testResultStatement({ ...run, end }, about).predicate.result;

  test("sorts tests by their outcome and names what decided it", () => {
    const run = fakeRun("d", [outcome("passed"), outcome("failed"), outcome("skipped")]);
    expect(testResultStatement(run, about).predicate).toEqual({
      result: "FAILED",
      configuration: [
        { name: "tree", digest: { gitTree: run.request.tree } },
        { name: "image", digest: { sha256: run.request.image.slice(7) } },
      ],
      passedTests: ["it passed"],
      warnedTests: ["it skipped"],
      failedTests: ["it failed"],
    });
  });

  test("passes only where the run ended by itself with 0", () => {
    const run = fakeRun("d", [outcome("passed")]);
    expect(ends(run, { reason: "exited", code: 0 })).toBe("PASSED");
    expect(ends(run, { reason: "exited", code: 1 })).toBe("FAILED");
    expect(ends(run, { reason: "timeout" })).toBe("FAILED");
    expect(ends(run, { reason: "tampered" })).toBe("FAILED");
    expect(ends(fakeRun("d", [outcome("skipped")]), { reason: "exited", code: 0 })).toBe("WARNED");
  });
});

describe("runtimeTraceStatement", () => {
  test("tells processes, network and files apart", () => {
    const run: RunRecord = {
      ...fakeRun("d", []),
      behaviours: [
        { kind: "process", argv: ["sh", "-c", "id"], count: 2 },
        { kind: "lookup", name: "evil.example", type: "A", count: 1 },
        { kind: "file", operation: "added", path: "out.txt" },
      ],
    };
    const { predicate } = runtimeTraceStatement(run, { commit }, context.time);
    expect(predicate.monitorLog).toEqual({
      process: [{ kind: "process", argv: ["sh", "-c", "id"], count: 2 }],
      network: [{ kind: "lookup", name: "evil.example", type: "A", count: 1 }],
      fileAccess: [{ kind: "file", operation: "added", path: "out.txt" }],
    });
    expect(predicate.monitor.tracePolicy).toMatchObject({ isolation: "container" });
  });
});

describe("attributionStatement", () => {
  test("counts each added line once, by author and session", () => {
    const { predicate } = attributionStatement(review.change, { commit });
    const added = review.change.files
      .flatMap(({ lines }) => lines)
      .reduce((sum, { range }) => sum + range.end - range.start + 1, 0);
    expect(predicate.lines).toMatchObject({ added, human: 0 });
    expect(predicate.lines.ai + predicate.lines.unknown).toBe(added);
    expect(predicate.sessions).toEqual([
      { agent: "claude-code", session: "s-1", model: "m-1", lines: predicate.lines.ai },
    ]);
    expect(added).toBeGreaterThan(0);
  });

  test("an author whose session the change does not name is unknown, not somebody else", () => {
    const { predicate } = attributionStatement({ ...review.change, sessions: [] }, { commit });
    expect(predicate.lines.unknown).toBe(predicate.lines.added);
  });
});

describe("the schemas", () => {
  const run = fakeRun("d", []);
  const all = [
    ["verification", VerificationStatement, verificationStatement(withStatus("pass"), context)],
    ["test result", TestResultStatement, testResultStatement(run, { commit })],
    ["trace", RuntimeTraceStatement, runtimeTraceStatement(run, { commit }, context.time)],
    ["attribution", AttributionStatement, attributionStatement(review.change, { commit })],
  ] as const;

  test.for(all)("a %s is a statement, reads back the same, and takes no foreign field", (each) => {
    const [, schema, statement] = each;
    expect(AnyStatement.safeParse(statement).success).toBe(true);
    expect(schema.parse(JSON.parse(JSON.stringify(statement)))).toEqual(statement);
    expect(schema.safeParse({ ...statement, extra: 1 }).success).toBe(false);
    const predicate = { ...statement.predicate, extra: 1 };
    expect(schema.safeParse({ ...statement, predicate }).success).toBe(false);
  });

  test.for(all)("a %s without any one of its fields is none", ([, schema, statement]) => {
    for (const field of Object.keys(statement)) {
      expect(schema.safeParse({ ...statement, [field]: undefined }).success).toBe(false);
    }
    for (const field of Object.keys(statement.predicate)) {
      const predicate = { ...statement.predicate, [field]: undefined };
      expect(schema.safeParse({ ...statement, predicate }).success).toBe(false);
    }
  });
});
