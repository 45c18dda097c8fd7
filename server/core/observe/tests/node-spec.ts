import { indentation, milliseconds, type ReadTest, type ResultParser } from "./outcomes.ts";

const LINE = /^( *)([✔✖﹣⚠▶]) (.*?)(?: \((\d+(?:\.\d+)?m?s)\)(?: # .*)?)?$/u;
const PLACE = /^test at (.*?):(\d+):\d+$/;
const MOST_DEPTH = 64;

/** The default output of `node --test` (its `spec` reporter). */
export const nodeSpec: ResultParser = {
  runner: "node:test",
  matches: (text) => /^ℹ tests \d+$/m.test(text) && /^ *[✔✖﹣⚠▶] /mu.test(text),
  parse(text) {
    const [tree = "", ...failures] = text.split(/^✖ failing tests:$/m);
    const details = readFailures(failures.join("\n"));
    const tests: ReadTest[] = [];
    /** Open suites by depth: a suite's name is printed before its tests, and again after them. */
    const suites: string[] = [];
    for (const line of tree.split("\n")) {
      const match = LINE.exec(line);
      if (match === null) continue;
      const depth = (match[1] ?? "").length / 2;
      const name = match[3] ?? "";
      if (!Number.isInteger(depth) || depth > MOST_DEPTH) continue;
      if (match[2] === "▶") {
        suites.length = Math.min(depth, suites.length);
        suites[depth] = name;
        continue;
      }
      const isSuiteEnd = suites.length > depth && suites[depth] === name;
      suites.length = Math.min(depth, suites.length);
      if (isSuiteEnd) continue;
      const detail = match[2] === "✖" ? details.get(name)?.shift() : undefined;
      const durationMs = milliseconds(match[4]);
      tests.push({
        names: [...suites.map((suite) => suite ?? ""), name],
        status: match[2] === "✔" ? "passed" : match[2] === "✖" ? "failed" : "skipped",
        ...(durationMs === undefined ? {} : { durationMs }),
        ...detail,
      });
    }
    return tests;
  },
};

type Detail = Pick<ReadTest, "message" | "file" | "line">;

/** The section at the end that says where each failed test stands and why it failed, by name. */
function readFailures(text: string): Map<string, Detail[]> {
  const details = new Map<string, Detail[]>();
  let place: RegExpExecArray | null = null;
  let current: { file?: string; line?: number; message: string } | null = null;
  for (const line of text.split("\n")) {
    const at = PLACE.exec(line);
    if (at !== null) {
      place = at;
      current = null;
      continue;
    }
    const head = place === null ? null : LINE.exec(line);
    if (head !== null && place !== null) {
      current = { file: place[1] ?? "", line: Number(place[2]), message: "" };
      const name = head[3] ?? "";
      details.set(name, [...(details.get(name) ?? []), current]);
      place = null;
    } else if (current !== null && indentation(line) >= 2) {
      current.message += `${line.slice(2)}\n`;
    }
  }
  return details;
}
