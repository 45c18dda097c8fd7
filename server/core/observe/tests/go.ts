import { z } from "zod";

import type { ReadTest, ResultParser } from "./outcomes.ts";

const Event = z.object({
  Action: z.string(),
  Package: z.string().default(""),
  Test: z.string().optional(),
  Elapsed: z.number().optional(),
  Output: z.string().optional(),
});
const LONGEST_OUTPUT = 8000;
const STATUS: Readonly<Record<string, ReadTest["status"]>> = {
  pass: "passed",
  fail: "failed",
  skip: "skipped",
};

/** `go test -json`: one event a line. */
export const goJson: ResultParser = {
  runner: "go",
  matches: (text) => /^\{.*"Action":"(?:start|run|output|pass|fail|skip)"/m.test(text),
  parse(text) {
    const tests: ReadTest[] = [];
    const outputs = new Map<string, string>();
    const packages = new Map<string, { status: ReadTest["status"]; hasFailedTest: boolean }>();
    for (const line of text.split("\n")) {
      const event = readEvent(line);
      if (event === null) continue;
      const key = `${event.Package} ${event.Test ?? ""}`;
      const status = STATUS[event.Action];
      if (event.Action === "output") {
        const known = outputs.get(key) ?? "";
        if (known.length < LONGEST_OUTPUT) outputs.set(key, known + (event.Output ?? ""));
      } else if (status !== undefined && event.Test !== undefined) {
        tests.push(goTest(event.Package, event.Test, status, outputs.get(key), event.Elapsed));
        if (status === "failed") packages.set(event.Package, { status, hasFailedTest: true });
      } else if (status === "failed" && packages.get(event.Package)?.hasFailedTest !== true) {
        // The package itself failed: it does not build, or panicked.
        tests.push(goTest(event.Package, "", status, outputs.get(key), event.Elapsed));
      }
      if (status !== undefined) outputs.delete(key);
    }
    return withoutParents(tests);
  },
};

function readEvent(line: string): z.infer<typeof Event> | null {
  if (!line.startsWith("{")) return null;
  try {
    return Event.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}

function goTest(
  packageName: string,
  test: string,
  status: ReadTest["status"],
  output?: string,
  seconds?: number,
): ReadTest {
  return {
    names: [packageName, ...test.split("/")],
    status,
    ...(seconds === undefined ? {} : { durationMs: seconds * 1000 }),
    ...(output === undefined || status === "passed" ? {} : { message: output }),
  };
}

/** A test with sub-tests is counted by these, unless it failed by itself. */
function withoutParents(tests: readonly ReadTest[]): ReadTest[] {
  const parents = new Map<string, boolean>();
  for (const { names, status } of tests) {
    for (let length = 2; length < names.length; length++) {
      const key = JSON.stringify(names.slice(0, length));
      parents.set(key, (parents.get(key) ?? false) || status === "failed");
    }
  }
  return tests.filter(({ names, status }) => {
    const hasFailedChild = parents.get(JSON.stringify(names));
    return hasFailedChild === undefined || (status === "failed" && !hasFailedChild);
  });
}

const RESULT = /^ *--- (PASS|FAIL|SKIP): (\S+) \((\d+(?:\.\d+)?)s\)$/;
const PACKAGE = /^(ok|FAIL|\?) {0,2}\t(\S+)(?:\t.*)?$/;

/** `go test -v`, and `go test` as far as it tells: without `-v` it names failed tests only. */
export const goText: ResultParser = {
  runner: "go",
  matches: (text) => /^(?:ok {2}|FAIL|\?   )\t\S+/m.test(text),
  parse(text) {
    const done: ReadTest[] = [];
    let current: ReadTest[] = [];
    let output = "";
    for (const line of text.split("\n")) {
      const result = RESULT.exec(line);
      const end = PACKAGE.exec(line);
      if (result !== null) {
        const status = STATUS[(result[1] ?? "").toLowerCase()] ?? "failed";
        current.push(goTest("", result[2] ?? "", status, output, Number(result[3])));
        output = "";
      } else if (end !== null) {
        done.push(...closePackage(end[2] ?? "", end[1] === "ok", withOwnOutput(current, output)));
        current = [];
        output = "";
      } else if (/^=== (?:RUN|PAUSE|CONT|NAME)/.test(line)) output = "";
      else if (output.length < LONGEST_OUTPUT) output += `${line}\n`;
    }
    return withoutParents(done);
  },
};

/** Without `-v` a test's output stands below its name. */
function withOwnOutput(tests: ReadTest[], output: string): ReadTest[] {
  const last = tests.at(-1);
  if (last === undefined || last.status !== "failed" || last.message) return tests;
  return [...tests.slice(0, -1), { ...last, message: output }];
}

function closePackage(name: string, isPassed: boolean, tests: readonly ReadTest[]): ReadTest[] {
  const named = tests.map((test) => ({ ...test, names: [name, ...test.names.slice(1)] }));
  if (isPassed && tests.length === 0) return [{ names: [name], status: "passed" }];
  const isExplained = isPassed || tests.some(({ status }) => status === "failed");
  return isExplained ? named : [...named, { names: [name], status: "failed" }];
}
