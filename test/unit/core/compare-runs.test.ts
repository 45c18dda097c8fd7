import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { compareRuns } from "../../../server/core/compare-runs.ts";
import type { Behaviour, TestOutcome } from "../../../server/core/run.ts";
import { aRunRecord as run } from "../../fakes/run-record.ts";
import { behaviour, outcome } from "./run-records.ts";

const changes = (base: readonly TestOutcome[], head: readonly TestOutcome[]): string[] =>
  compareRuns(run({ tests: base }), run({ tests: head })).tests.map(
    ({ name, before, after }) =>
      `${name}: ${before?.status ?? "none"} -> ${after?.status ?? "none"}`,
  );
const appeared = (base: readonly Behaviour[], head: readonly Behaviour[]): readonly Behaviour[] =>
  compareRuns(run({ behaviours: base }), run({ behaviours: head })).appeared;

describe("compareRuns on tests", () => {
  test("tells what changed and nothing else", () => {
    const base = [
      outcome("a", "passed"),
      outcome("b", "passed"),
      outcome("c", "failed"),
      outcome("d", "passed"),
    ];
    const head = [
      outcome("a", "passed"),
      outcome("b", "failed"),
      outcome("c", "failed"),
      outcome("e", "passed"),
    ];
    expect(changes(base, head)).toEqual([
      "b: passed -> failed",
      "d: passed -> none",
      "e: none -> passed",
    ]);
  });

  test("does not count how long a test took, or why it fails", () => {
    const slow = { ...outcome("a", "failed"), durationMs: 99, message: "other" };
    expect(changes([outcome("a", "failed")], [slow])).toEqual([]);
  });

  test("compares tests of one name as a whole, so that one cannot hide another", () => {
    const both = [outcome("a", "passed"), outcome("a", "passed")];
    expect(changes(both, [outcome("a", "failed"), outcome("a", "passed")])).toEqual([
      "a: passed -> failed",
    ]);
    expect(changes(both, [outcome("a", "passed")])).toEqual(["a: passed -> none"]);
  });

  test("knows a file that one side lists test by test and the other as a whole", () => {
    const whole = [outcome("test/a.test.js", "passed")];
    const parts = [
      outcome("test/a.test.js › x", "passed"),
      outcome("test/a.test.js › y", "failed"),
    ];
    expect(changes(whole, parts)).toEqual(["test/a.test.js › y: none -> failed"]);
    expect(changes([parts[0] ?? outcome("", "passed")], whole)).toEqual([]);
  });

  test("does not let a test that is named like a suite stand in for the suite's tests", () => {
    expect(
      changes([outcome("export › headers", "passed")], [outcome("export", "passed")]),
    ).toContain("export › headers: passed -> none");
  });
});

describe("compareRuns on behaviours", () => {
  const to = (address: string, port: number): Behaviour => behaviour.connect(address, port);

  test("tells what only head does, once", () => {
    const base = [to("203.0.113.5", 443)];
    const head = [
      to("203.0.113.5", 443),
      to("198.51.100.7", 443),
      { ...to("198.51.100.7", 443), process: "other" },
    ];
    expect(appeared(base, head)).toEqual([to("198.51.100.7", 443)]);
  });

  test("sees another port of a foreign host, not another free port of the box itself", () => {
    expect(appeared([to("203.0.113.5", 443)], [to("203.0.113.5", 8443)])).toHaveLength(1);
    expect(appeared([to("127.0.0.1", 40_001)], [to("127.0.0.1", 51_234)])).toEqual([]);
  });

  test.for([
    ["process numbers", ["kill", "12345"], ["kill", "23456"]],
    ["temporary folders", ["node", "/tmp/build-AbC123/x.js"], ["node", "/tmp/build-Zy9876/x.js"]],
    ["hashes", ["cc", "-o", "a1b2c3d4e5f60718"], ["cc", "-o", "00112233445566aa"]],
    [
      "test files of a runner",
      ["node", "--test", "/workspace/test/a.test.ts"],
      ["node", "--test", "/workspace/test/new.test.ts"],
    ],
  ] as const)("does not take other %s for another program", ([, base, head]) => {
    expect(appeared([behaviour.process(...base)], [behaviour.process(...head)])).toEqual([]);
  });

  test.for([
    ["shell command", ["sh", "-c", "node --test"], ["sh", "-c", "curl http://203.0.113.5/"]],
    ["host", ["curl", "203.0.113.5"], ["curl", "203.0.113.6"]],
    ["script in /tmp", ["node", "/tmp/build-AbC123/x.js"], ["node", "/tmp/evil.js"]],
    ["script", ["node", "src/server.ts"], ["node", "src/other.ts"]],
    ["program", ["sh", "/workspace/test/a.test.ts"], ["/workspace/test/b.test.ts", "x"]],
  ] as const)("sees another %s", ([, base, head]) => {
    expect(appeared([behaviour.process(...base)], [behaviour.process(...head)])).toHaveLength(1);
  });

  const any = fc.oneof(
    fc
      .tuple(fc.constantFrom("127.0.0.1", "203.0.113.5", "198.51.100.7"), fc.constantFrom(80, 443))
      .map(([address, port]) => to(address, port)),
    fc.constantFrom("a.example", "b.example").map((name) => behaviour.lookup(name)),
    fc
      .array(fc.constantFrom("sh", "-c", "x", "9999"), { minLength: 1, maxLength: 3 })
      .map((argv) => behaviour.process(...argv)),
  );

  test("finds nothing between a run and itself, in whatever order", () => {
    fc.assert(
      fc.property(fc.array(any), fc.infiniteStream(fc.nat()), (behaviours, keys) => {
        const shuffled = behaviours
          .map((each) => ({ each, key: keys.next().value ?? 0 }))
          .toSorted((a, b) => a.key - b.key)
          .map(({ each }) => each);
        expect(appeared(behaviours, shuffled)).toEqual([]);
      }),
    );
  });

  test("says the same whatever order head did things in", () => {
    fc.assert(
      fc.property(fc.array(any), fc.array(any), (base, head) => {
        const essence = (list: readonly Behaviour[]) => list.map((each) => describeKind(each));
        expect(essence(appeared(base, head.toReversed()))).toEqual(essence(appeared(base, head)));
      }),
    );
  });
});

function describeKind(each: Behaviour): string {
  switch (each.kind) {
    case "connect":
      return `${each.kind} ${each.address.startsWith("127.") ? "" : `${each.address}:${each.port}`}`;
    case "lookup":
      return `${each.kind} ${each.name}`;
    case "process":
      return `${each.kind} ${each.argv.join(" ")}`;
    case "file":
      return `${each.kind} ${each.path}`;
  }
}
