import { indentation, milliseconds, type ReadTest, type ResultParser } from "./outcomes.ts";

const MARK = /^( +)([✓×❯↓□]) (.*)$/u;
const DURATION = /\s(\d+(?:\.\d+)?m?s)$/;
const COUNTS = / \(\d+(?: tests?)?(?: \| [^)]*)?\)$/;
const FAILURE = /^ FAIL {2}(.+)$/;

/** vitest's text output: the `default` tree, and one line a test with `verbose`. */
export const vitestText: ResultParser = {
  runner: "vitest",
  matches: (text) => /^ *Test Files {2}/m.test(text),
  parse(text) {
    const [tree = "", ...failures] = text.split(/^⎯+ Failed (?:Tests|Suites) \d+ ⎯+$/m);
    const messages = readFailures(failures.join("\n"));
    const tests: ReadTest[] = [];
    const open: { indent: number; name: string }[] = [];
    for (const line of tree.split("\n")) {
      const match = MARK.exec(line);
      if (match === null) continue;
      const indent = indentation(line);
      while ((open.at(-1)?.indent ?? -1) >= indent) open.pop();
      const label = (match[3] ?? "").replace(DURATION, "").trim();
      const name = label.replace(COUNTS, "");
      const isFile = indent === 1 && name !== label;
      const names = [...open.map((suite) => suite.name), ...name.split(" > ")];
      if (name !== label) open.push({ indent, name });
      // A file that passed is folded into its own line.
      if (name !== label && !(isFile && match[2] === "✓")) continue;
      // A test stands below its file, or behind its name: other marks were printed by a test.
      if (name === label && names.length < 2) continue;
      const durationMs = milliseconds(DURATION.exec(line)?.[1]);
      const message = messages.get(names.join(" > "));
      tests.push({
        names,
        status: match[2] === "✓" ? "passed" : match[2] === "×" ? "failed" : "skipped",
        ...(durationMs === undefined ? {} : { durationMs }),
        ...(message === undefined ? {} : { message }),
      });
    }
    return withoutFoldedFiles(tests);
  },
};

/** A file's own line is kept only where none of its tests is listed. */
function withoutFoldedFiles(tests: readonly ReadTest[]): ReadTest[] {
  const listed = new Set(
    tests.filter(({ names }) => names.length > 1).map(({ names }) => names[0]),
  );
  return tests.filter(({ names }) => names.length > 1 || !listed.has(names[0]));
}

function readFailures(text: string): Map<string, string> {
  const messages = new Map<string, string>();
  let name: string | null = null;
  for (const line of text.split("\n")) {
    const head = FAILURE.exec(line);
    if (head !== null) {
      name = (head[1] ?? "").trim();
      messages.set(name, "");
    } else if (/^⎯+/.test(line)) name = null;
    else if (name !== null) messages.set(name, `${messages.get(name) ?? ""}${line}\n`);
  }
  return messages;
}
