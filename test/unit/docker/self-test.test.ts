import { describe, expect, test } from "vitest";

import type { SelfReport } from "../../../server/adapters/docker/launch-order.ts";
import {
  judgeSelfReport,
  missingProofs,
  readSelfReport,
} from "../../../server/adapters/docker/self-test.ts";
import type { Limits } from "../../../server/core/run.ts";

const LIMITS: Limits = {
  memoryBytes: 268_435_456,
  cpus: 1.5,
  pids: 64,
  timeoutMs: 1000,
  outputBytes: 1000,
  workspaceBytes: 1000,
  workspaceFiles: 10,
};

const NONE = "0000000000000000";
const GOOD: SelfReport = {
  connect: "ECONNREFUSED",
  writes: ["EROFS", "EROFS", "EROFS"],
  user: ["65532", "65532", "65532", "65532"],
  group: ["65532", "65532", "65532", "65532"],
  capabilities: [NONE, NONE, NONE, NONE, NONE],
  noNewPrivileges: "1",
  seccomp: "2",
  memory: "268435456",
  pids: "64",
  cpu: "150000",
};

const ALL = { connectionDenied: true, writeDenied: true, limitsApplied: true, unprivileged: true };

describe("judgeSelfReport", () => {
  test("proves all where the box told of denials and of its limits, in either control group's words", () => {
    expect(judgeSelfReport(GOOD, LIMITS, true)).toEqual(ALL);
    expect(judgeSelfReport({ ...GOOD, cpu: "150000 100000" }, LIMITS, true)).toEqual(ALL);
    expect(missingProofs(ALL)).toEqual([]);
  });

  test("does not count a denial that the keeper did not see", () => {
    expect(judgeSelfReport(GOOD, LIMITS, false)).toEqual({ ...ALL, connectionDenied: false });
  });

  test.for([
    ["connectionDenied", { connect: "connected" }],
    ["connectionDenied", { connect: "timeout" }],
    ["writeDenied", { writes: ["EROFS", "written"] }],
    ["writeDenied", { writes: ["ENOENT"] }],
    ["limitsApplied", { memory: "9223372036854771712" }],
    ["limitsApplied", { memory: "max" }],
    ["limitsApplied", { memory: "" }],
    ["limitsApplied", { pids: "max" }],
    ["limitsApplied", { pids: "65" }],
    ["limitsApplied", { cpu: "-1" }],
    ["limitsApplied", { cpu: "max 100000" }],
    ["limitsApplied", { cpu: "" }],
    ["unprivileged", { user: ["0", "0", "0", "0"] }],
    ["unprivileged", { user: ["65532", "0", "65532", "65532"] }],
    ["unprivileged", { user: [] }],
    ["unprivileged", { capabilities: [NONE, NONE, NONE, "00000000a80425fb", NONE] }],
    ["unprivileged", { capabilities: [] }],
    ["unprivileged", { noNewPrivileges: "0" }],
    ["unprivileged", { seccomp: "0" }],
  ] as const)("does not prove %s where the box says %j", ([proof, report]) => {
    const judged = judgeSelfReport({ ...GOOD, ...report }, LIMITS, true);
    expect(judged).toEqual({ ...ALL, [proof]: false });
    expect(missingProofs(judged)).toHaveLength(1);
  });
});

describe("readSelfReport", () => {
  test("reads a report and throws on everything else", () => {
    expect(readSelfReport(JSON.stringify(GOOD))).toEqual(GOOD);
    for (const wrong of ["", "{}", "null", JSON.stringify({ ...GOOD, writes: [] })]) {
      expect(() => readSelfReport(wrong)).toThrow();
    }
  });
});
