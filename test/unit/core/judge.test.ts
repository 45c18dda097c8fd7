import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { Change } from "../../../server/core/change.ts";
import { addressOf } from "../../../server/core/digest.ts";
import { gatherEvidence } from "../../../server/core/evidence.ts";
import { atLeast, SEVERITIES } from "../../../server/core/finding.ts";
import { judge } from "../../../server/core/judge.ts";
import { PRESETS } from "../../../server/core/policy/presets.ts";
import type { RunRecord } from "../../../server/core/run.ts";
import { EVIDENCE_KINDS } from "../../../server/core/verdict.ts";
import { aRunRecord } from "../../fakes/run-record.ts";
import { anyEvidence, anyFindings } from "./judging.ts";

const CHANGE = addressOf("change");
const HASH = addressOf("policy");
const RANK = { pass: 0, unproven: 1, fail: 2 } as const;

describe("judge", () => {
  const anyPolicy = fc
    .record({ block: fc.constantFrom(...SEVERITIES), require: anyEvidence })
    .map((own) => ({ policy: { ...PRESETS.balanced, ...own }, hash: HASH }));

  test("passes exactly where nothing blocks and nothing that is asked for is missing", () => {
    fc.assert(
      fc.property(anyFindings, anyEvidence, anyPolicy, (findings, had, loaded) => {
        const verdict = judge(findings, { change: CHANGE, had }, loaded);
        const { block, require } = loaded.policy;
        const blocks = findings.some((each) => !each.exception && atLeast(each.severity, block));
        const lacks = require.some((kind) => !had.includes(kind));
        expect(verdict.status === "pass").toBe(!blocks && !lacks);
        expect(verdict.reasons.length > 0).toBe(verdict.status !== "pass");
        expect(verdict).toMatchObject({ change: CHANGE, policy: HASH });
      }),
    );
  });

  test("never gets better when evidence is taken away", () => {
    fc.assert(
      fc.property(anyFindings, anyEvidence, anyPolicy, (findings, had, loaded) => {
        const whole = judge(findings, { change: CHANGE, had: EVIDENCE_KINDS }, loaded).status;
        const less = judge(findings, { change: CHANGE, had }, loaded).status;
        expect(RANK[less]).toBeGreaterThanOrEqual(RANK[whole]);
      }),
    );
  });

  test("fails for a violation that blocks, and is unproven where a check could not decide", () => {
    fc.assert(
      fc.property(anyFindings, anyPolicy, (findings, loaded) => {
        const blocking = findings.filter(
          (each) => !each.exception && atLeast(each.severity, loaded.policy.block),
        );
        const { status } = judge(findings, { change: CHANGE, had: EVIDENCE_KINDS }, loaded);
        const fails = blocking.some(({ kind }) => kind === "violation");
        expect(status).toBe(fails ? "fail" : blocking.length > 0 ? "unproven" : "pass");
      }),
    );
  });

  test("names each piece of evidence that is missing", () => {
    const loaded = { policy: { ...PRESETS.strict }, hash: HASH };
    const { reasons } = judge([], { change: CHANGE, had: [] }, loaded);
    expect(reasons.map((each) => each.kind === "missing" && each.evidence)).toEqual([
      "attribution",
      "run",
      "facts",
    ]);
  });
});

describe("gatherEvidence", () => {
  const file = (kind: "unknown" | "human"): Change["files"][number] => ({
    path: "a.ts",
    status: "modified",
    before: { path: "a.ts", blob: "1", mode: "100644" },
    after: { path: "a.ts", blob: "2", mode: "100644" },
    opaque: false,
    addedLines: [{ start: 1, end: 1 }],
    removedLineCount: 0,
    lines: [
      {
        range: { start: 1, end: 1 },
        attribution:
          kind === "unknown" ? { kind } : { kind, source: "editor", confidence: "likely" },
        evidence: [],
      },
    ],
  });
  const change = (...files: Change["files"]) => ({ id: CHANGE, files }) as unknown as Change;
  const run = (own: Partial<RunRecord> = {}): RunRecord =>
    aRunRecord({ end: { reason: "exited", code: 1 }, ...own });

  test("asks nothing of a change without files", () => {
    expect(gatherEvidence(change(), null, []).had).toEqual(EVIDENCE_KINDS);
  });

  test("takes two runs that ended by themselves, whatever their exit code", () => {
    const runs = { base: run(), head: run() };
    expect(gatherEvidence(change(file("human")), runs, ["facts"]).had).toEqual([
      "attribution",
      "run",
      "facts",
    ]);
  });

  test.for<[string, RunRecord]>([
    ["was cut off", run({ end: { reason: "timeout" } })],
    ["lost its engine", run({ end: { reason: "engine-lost", detail: "gone" } })],
    ["was tampered with", run({ end: { reason: "tampered" } })],
    ["had no isolation", run({ isolation: { ...run().isolation, level: "none" } })],
    [
      "could connect",
      run().isolation &&
        run({
          isolation: {
            ...run().isolation,
            selfTest: { ...run().isolation.selfTest, connectionDenied: false },
          },
        }),
    ],
    [
      "could write",
      run({
        isolation: {
          ...run().isolation,
          selfTest: { ...run().isolation.selfTest, writeDenied: false },
        },
      }),
    ],
  ])("does not take a run that %s", ([, bad]) => {
    expect(gatherEvidence(change(file("human")), { base: run(), head: bad }, []).had).not.toContain(
      "run",
    );
    expect(gatherEvidence(change(file("human")), { base: bad, head: run() }, []).had).not.toContain(
      "run",
    );
  });

  test("misses attribution where one line has no author", () => {
    expect(gatherEvidence(change(file("human"), file("unknown")), null, []).had).toEqual([]);
  });
});
