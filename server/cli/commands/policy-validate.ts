import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";

import { loadPolicy } from "../../core/policy/load.ts";
import { POLICY_PATH } from "../../core/policy/policy.ts";
import { printable } from "../../core/printable.ts";
import { GateError } from "../../engine/errors.ts";
import type { ExitCode, Invocation } from "../command.ts";
import type { PolicyValidateOutput } from "../output.ts";
import { reportJson } from "../reporters/json.ts";
import { count, describePlace, sentence } from "../reporters/words.ts";

/** `shipgate policy validate [FILE]` */
export async function run({ dir, operands, strings, print }: Invocation): Promise<ExitCode> {
  const path = operands[0] ?? POLICY_PATH;
  const text = await readPolicy(operands[0] === undefined ? join(dir, path) : resolve(dir, path));
  const problems = loadPolicy(text, { commit: "", path }).problems.toSorted(
    ({ location: a }, { location: b }) =>
      a.startLine - b.startLine || (a.startColumn ?? 0) - (b.startColumn ?? 0),
  );
  const valid = problems.length === 0;
  const output: PolicyValidateOutput = {
    schemaVersion: 1,
    path,
    valid,
    problems: problems.map(({ message, location }) => ({ message, location })),
  };
  await print(strings["format"] === "json" ? reportJson(output) : describe(output));
  return valid ? 0 : 1;
}

async function readPolicy(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const why = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    throw new GateError("bad-input", `${printable(file)} cannot be read (${why}).`, {
      remedy:
        "Name the policy file, or write a shipgate.yaml: `shipgate policy schema` has its form.",
      cause: error,
    });
  }
}

function describe({ path, valid, problems }: PolicyValidateOutput): string {
  const lines = problems.map((it) => `${describePlace(it.location)}: ${sentence(it.message)}`);
  const sum = valid ? "is valid" : `has ${count(problems.length, "mistake")}`;
  return `${[...lines, `${printable(path)} ${sum}.`].join("\n")}\n`;
}
