import type { ReadTest, ResultParser } from "./outcomes.ts";

const TARGET = /^\s+(?:Running (?:unittests )?(\S+)|Doc-tests (\S+))/;
const RESULT = /^test (.+?)(?: - should panic)? \.\.\. (ok|FAILED|ignored)(?:, .*)?$/;

/** `cargo test` with the default harness. */
export const cargo: ResultParser = {
  runner: "cargo",
  matches: (text) => /^running \d+ tests?$/m.test(text) && /^test result: /m.test(text),
  parse(text) {
    const tests: ReadTest[] = [];
    const panics = readPanics(text);
    let target = "";
    for (const line of text.split("\n")) {
      const head = TARGET.exec(line);
      if (head !== null) target = head[1] ?? `doc ${head[2] ?? ""}`;
      const match = RESULT.exec(line);
      if (match === null) continue;
      const [, name = "", word] = match;
      const message = word === "FAILED" ? panics.get(name) : undefined;
      tests.push({
        names: [target, ...(target.startsWith("doc ") ? [name] : name.split("::"))],
        status: word === "ok" ? "passed" : word === "FAILED" ? "failed" : "skipped",
        ...(message === undefined ? {} : { message, ...placeIn(message) }),
      });
    }
    return tests;
  },
};

function readPanics(text: string): Map<string, string> {
  const panics = new Map<string, string>();
  const parts = text.split(/^---- (.+?) stdout ----$/m);
  for (let at = 1; at + 1 < parts.length; at += 2) {
    panics.set(parts[at] ?? "", (parts[at + 1] ?? "").split(/^failures:$/m)[0] ?? "");
  }
  return panics;
}

function placeIn(message: string): { file: string; line: number } | Record<string, never> {
  const match = /panicked at (\S+?):(\d+):\d+/.exec(message);
  return match === null ? {} : { file: match[1] ?? "", line: Number(match[2]) };
}
