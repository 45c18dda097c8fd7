import { z } from "zod";

import type { ReadTest, ResultParser } from "./outcomes.ts";

const text = z.string().catch("");
const JestReport = z.object({
  testResults: z.array(
    z.object({
      name: text,
      status: text,
      message: text,
      assertionResults: z
        .array(
          z.object({
            ancestorTitles: z.array(text).catch([]),
            title: text,
            status: text,
            duration: z.number().nullish().catch(null),
            failureMessages: z.array(text).nullish().catch(null),
            location: z.object({ line: z.number() }).nullish().catch(null),
          }),
        )
        .catch([]),
    }),
  ),
});

/** Objects that are tried before the report's own: a program can print any number of them. */
const MOST_TRIES = 50;

const MochaTest = z.object({
  title: text,
  fullTitle: text,
  file: text,
  duration: z.number().nullish().catch(null),
  err: z.object({ message: text, stack: text }).partial().catch({}),
});
const MochaReport = z.object({
  stats: z.object({ tests: z.number() }),
  passes: z.array(MochaTest),
  failures: z.array(MochaTest),
  pending: z.array(MochaTest),
});

/** `jest --json` and `vitest --reporter=json`. */
export const jestJson: ResultParser = {
  runner: "jest",
  matches: (output) => output.includes('"testResults"') && output.includes('"assertionResults"'),
  parse(output) {
    const report = JestReport.safeParse(findJson(output, '"testResults"'));
    return report.success ? report.data.testResults.flatMap(readJestFile) : [];
  },
};

function readJestFile(file: z.infer<typeof JestReport>["testResults"][number]): ReadTest[] {
  if (file.assertionResults.length === 0) {
    const status = file.status === "passed" ? "passed" : "failed";
    return [
      { names: [shortName(file.name)], status, message: file.message, file: file.name, line: 1 },
    ];
  }
  return file.assertionResults.map((test) => ({
    names: [shortName(file.name), ...test.ancestorTitles, test.title],
    status: test.status === "passed" ? "passed" : test.status === "failed" ? "failed" : "skipped",
    durationMs: test.duration ?? 0,
    message: test.failureMessages?.join("\n") ?? "",
    file: file.name,
    ...(test.location ? { line: test.location.line } : {}),
  }));
}

/** `mocha --reporter json`. */
export const mochaJson: ResultParser = {
  runner: "mocha",
  matches: (output) => output.includes('"passes"') && output.includes('"stats"'),
  parse(output) {
    const report = MochaReport.safeParse(findJson(output, '"stats"'));
    if (!report.success) return [];
    const read = (tests: readonly z.infer<typeof MochaTest>[], status: ReadTest["status"]) =>
      tests.map((test): ReadTest => ({
        names: mochaNames(test.fullTitle, test.title),
        status,
        durationMs: test.duration ?? 0,
        message: test.err.stack ?? test.err.message ?? "",
        file: test.file,
      }));
    const { passes, failures, pending } = report.data;
    return [...read(passes, "passed"), ...read(failures, "failed"), ...read(pending, "skipped")];
  },
};

/** mocha joins the names of suites with spaces, so only the test's own name can be told apart. */
function mochaNames(fullTitle: string, title: string): string[] {
  if (!fullTitle.endsWith(title)) return [fullTitle];
  return [fullTitle.slice(0, fullTitle.length - title.length).trim(), title];
}

/** Names of files without the box's own part, so that they are the same wherever they ran. */
function shortName(file: string): string {
  return file.replace(/^\/workspace\//, "");
}

/** The JSON object that stands on lines of its own and holds a key; undefined where there is none. */
function findJson(output: string, key: string): unknown {
  const lines = output.split("\n");
  let tries = 0;
  for (const [index, line] of lines.entries()) {
    if (!line.startsWith("{")) continue;
    if (++tries > MOST_TRIES) return undefined;
    const whole = line.length > 1 ? line : lines.slice(index, closingLine(lines, index)).join("\n");
    if (!whole.includes(key)) continue;
    try {
      return JSON.parse(whole);
    } catch {
      continue;
    }
  }
  return undefined;
}

function closingLine(lines: readonly string[], from: number): number {
  const end = lines.indexOf("}", from);
  return end === -1 ? lines.length : end + 1;
}
