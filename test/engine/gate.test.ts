import { describe, expect, test } from "vitest";

import type { Digest } from "../../server/core/digest.ts";
import type { RunRecord, RunRequest } from "../../server/core/run.ts";
import { GateError } from "../../server/engine/errors.ts";
import type { Ports } from "../../server/engine/ports.ts";
import { createSession } from "../../server/engine/session.ts";
import {
  fakeApprovals,
  fakeJournal,
  fakeRepository,
  fakeRunCache,
  noNotes,
  silentLog,
} from "../fakes/ports.ts";
import { aRunRecord } from "../fakes/run-record.ts";

const IMAGE: Digest = `sha256:${"e".repeat(64)}`;
const signal = new AbortController().signal;
const PACKAGE = '{\n  "name": "shop",\n  "scripts": { "test": "node --test" }\n}\n';

const recordOf = (request: RunRequest, overrides: Partial<RunRecord> = {}): RunRecord =>
  aRunRecord({ request, ...overrides });

function makePorts(
  run: (request: RunRequest) => Promise<RunRecord>,
  files: { readonly base: Record<string, string>; readonly head: Record<string, string> } = {
    base: { "package.json": PACKAGE, "src/a.ts": "export const a = 1;\n" },
    head: { "package.json": PACKAGE, "src/a.ts": "export const a = 2;\n" },
  },
): { ports: Ports; asked: RunRequest[] } {
  const asked: RunRequest[] = [];
  const ports: Ports = {
    repository: fakeRepository(files.base, files.head),
    journal: fakeJournal(),
    runs: fakeRunCache(),
    approvals: fakeApprovals(),
    notes: noNotes,
    sandbox: {
      prepareImage: () => Promise.resolve(IMAGE),
      prepareDependencies: () => Promise.resolve(null),
      run: (_repository, request) => {
        asked.push(request);
        return run(request);
      },
      probe: () => Promise.reject(new Error("not asked for")),
      sweep: () => Promise.resolve(0),
    },
    clock: { now: () => "2026-06-01T12:00:00.000Z" },
    log: silentLog,
  };
  return { ports, asked };
}

describe("gate", () => {
  test("a change that was never run is unproven, and says what would mend it", async () => {
    const { ports, asked } = makePorts(() => Promise.reject(new Error("not asked for")));
    const review = await createSession(ports).review({ sandbox: "cached", signal });
    expect(review.verdict.status).toBe("unproven");
    expect(review.score.value).toBe(85);
    expect(asked).toEqual([]);
  });

  test("a clean run of base and head makes it pass, and is found again without running", async () => {
    const { ports, asked } = makePorts((request) => Promise.resolve(recordOf(request)));
    const session = createSession(ports);
    const ran = await session.review({ sandbox: "run", signal });
    expect(ran.verdict.status).toBe("pass");
    expect(ran.score).toMatchObject({ value: 100, grade: "A", deductions: [] });
    expect(asked.map(({ command }) => command)).toEqual([
      ["npm", "test"],
      ["npm", "test"],
    ]);
    const again = await session.review({ sandbox: "cached", signal });
    expect(again).toEqual(ran);
    expect(asked).toHaveLength(2);
  });

  test("only the run of the tree that changed is repeated", async () => {
    const { ports, asked } = makePorts((request) => Promise.resolve(recordOf(request)));
    await createSession(ports).review({ sandbox: "run", signal });
    const repository = fakeRepository(
      { "package.json": PACKAGE, "src/a.ts": "export const a = 1;\n" },
      { "package.json": PACKAGE, "src/a.ts": "export const a = 3;\n" },
    );
    await createSession({ ...ports, repository }).review({ sandbox: "run", signal });
    expect(asked).toHaveLength(3);
  });

  test.for([
    ["no engine", new GateError("no-engine", "No engine answers.", { remedy: "Start one." })],
    ["an engine that dies", new GateError("engine-failed", "It died.", { remedy: "Again." })],
  ] as const)("%s leaves the change unproven and never passes", async ([, error]) => {
    const { ports } = makePorts(() => Promise.reject(error));
    const review = await createSession(ports).review({ sandbox: "run", signal });
    expect(review.verdict.status).toBe("unproven");
    expect(review.findings.map(({ rule, kind }) => [rule, kind])).toEqual([
      ["sandbox/could-not-run", "unproven"],
    ]);
    expect(review.findings[0]?.message).toContain(error.message);
    expect(review.findings[0]?.remedy).toBe(error.remedy);
  });

  test.for(["tampered", "cancelled", "out-of-memory", "timeout"] as const)(
    "a head run that ended as %s never passes",
    async (reason) => {
      const { ports } = makePorts((request) =>
        Promise.resolve(recordOf(request, { end: { reason } })),
      );
      const review = await createSession(ports).review({ sandbox: "run", signal });
      expect(review.verdict.status).not.toBe("pass");
    },
  );

  test("a run that was tampered with is not kept", async () => {
    const { ports, asked } = makePorts((request) =>
      Promise.resolve(recordOf(request, { end: { reason: "tampered" } })),
    );
    const session = createSession(ports);
    await session.review({ sandbox: "run", signal });
    await session.review({ sandbox: "run", signal });
    expect(asked).toHaveLength(4);
  });

  test("a run that failed its self-test proves nothing", async () => {
    const selfTest = {
      connectionDenied: true,
      writeDenied: false,
      limitsApplied: true,
      unprivileged: true,
    };
    const { ports } = makePorts((request) =>
      Promise.resolve(
        recordOf(request, { isolation: { level: "container", engine: "fake", selfTest } }),
      ),
    );
    const review = await createSession(ports).review({ sandbox: "run", signal });
    expect(review.verdict.status).toBe("unproven");
  });

  test("when one run fails outside the program, the other is stopped", async () => {
    let stopped = false;
    const { ports } = makePorts(() => Promise.reject(new Error("unused")));
    let calls = 0;
    const sandbox: Ports["sandbox"] = {
      ...ports.sandbox,
      run: (_repository, _request, _progress, runSignal) => {
        calls += 1;
        if (calls === 1) {
          const error = new GateError("engine-failed", "It died.", { remedy: "Again." });
          return Promise.reject(error);
        }
        return new Promise((_resolve, reject) => {
          runSignal.addEventListener("abort", () => {
            stopped = true;
            reject(new GateError("cancelled", "Stopped.", { remedy: "Again." }));
          });
        });
      },
    };
    await createSession({ ...ports, sandbox }).review({ sandbox: "run", signal });
    expect(stopped).toBe(true);
  });

  test("an edit of the policy is judged by the policy of the base", async () => {
    const strict = "version: 1\npreset: strict\n";
    const { ports } = makePorts((request) => Promise.resolve(recordOf(request)), {
      base: { "package.json": PACKAGE, "shipgate.yaml": strict },
      head: { "package.json": PACKAGE, "shipgate.yaml": "version: 1\npreset: relaxed\n" },
    });
    const review = await createSession(ports).review({ sandbox: "run", signal });
    expect(review.policy.origin).toMatchObject({ path: "shipgate.yaml" });
    expect(review.verdict.status).toBe("fail");
    expect(review.findings.map(({ rule }) => rule)).toContain("policy/policy-changed");
  });

  test("a base policy that does not parse fails closed", async () => {
    const { ports } = makePorts((request) => Promise.resolve(recordOf(request)), {
      base: { "package.json": PACKAGE, "shipgate.yaml": "version: 1\nprset: relaxed\n" },
      head: { "package.json": `${PACKAGE}\n`, "shipgate.yaml": "version: 1\nprset: relaxed\n" },
    });
    const review = await createSession(ports).review({ sandbox: "run", signal });
    expect(review.verdict.status).not.toBe("pass");
    expect(review.findings.map(({ rule }) => rule)).toContain("policy/invalid");
  });

  test("a branch that changes nothing passes with 100 and runs nothing", async () => {
    const same = { "package.json": PACKAGE };
    const { ports, asked } = makePorts(() => Promise.reject(new Error("not asked for")), {
      base: same,
      head: same,
    });
    const review = await createSession(ports).review({ sandbox: "run", signal });
    expect(review).toMatchObject({ verdict: { status: "pass" }, score: { value: 100 } });
    expect(asked).toEqual([]);
  });

  test("a review that ran something leaves its verdict in the journal", async () => {
    const { ports } = makePorts((request) => Promise.resolve(recordOf(request)));
    await createSession(ports).review({ sandbox: "run", signal });
    const kinds = (await ports.journal.read()).map(({ entry }) => entry.body.kind);
    expect(kinds).toEqual(["run", "run", "verdict"]);
  });
});
