import { openRepository } from "../../adapters/git/repository.ts";
import { explainPolicy, type PolicyValue } from "../../core/policy/explain.ts";
import { loadPolicy } from "../../core/policy/load.ts";
import { type LoadedPolicy, POLICY_PATH } from "../../core/policy/policy.ts";
import { printable } from "../../core/printable.ts";
import type { ExitCode, Invocation } from "../command.ts";
import type { PolicyShowOutput } from "../output.ts";
import { reportJson } from "../reporters/json.ts";
import { describePlace, sentence } from "../reporters/words.ts";
import { readSelection } from "../selection.ts";

/** `shipgate policy show`: the policy that judges the change, which is that of its merge base. */
export async function run(invocation: Invocation): Promise<ExitCode> {
  const { dir, strings, print, log, signal } = invocation;
  const repository = await openRepository(dir, { log });
  const { base } = await repository.readChange(readSelection(invocation), signal);
  const [entry] = await repository.findInTree(base.tree, [POLICY_PATH], signal);
  const texts = entry
    ? await repository.readTexts([entry.blob], signal)
    : new Map<string, string>();
  const text = entry ? (texts.get(entry.blob) ?? "\0") : null;
  const loaded = loadPolicy(text, { commit: base.commit, path: POLICY_PATH });
  const output = outputOf(loaded, explainPolicy(loaded, text), base.commit);
  await print(strings["format"] === "json" ? reportJson(output) : describe(output));
  return output.problems.length === 0 ? 0 : 1;
}

function outputOf(
  { hash, problems }: LoadedPolicy,
  values: readonly PolicyValue[],
  commit: string,
): PolicyShowOutput {
  return {
    schemaVersion: 1,
    commit,
    hash,
    problems: problems.map(({ message, location }) => ({ message, location })),
    values: values.map((value) => ({ ...value, value: value.value ?? null })),
  };
}

function describe({ commit, hash, problems, values }: PolicyShowOutput): string {
  const rows = values.map(({ key, value, origin }) => {
    const from =
      origin.kind === "preset" ? `preset ${origin.preset}` : `${origin.path}:${origin.line}`;
    return [key, printable(JSON.stringify(value)), from] as const;
  });
  const widths = [0, 1].map((at) =>
    Math.min(48, Math.max(...rows.map((row) => row[at]?.length ?? 0))),
  );
  return [
    `Policy of ${commit.slice(0, 8)} (${hash})`,
    "",
    ...problems.map((it) => `${describePlace(it.location)}: ${sentence(it.message)}`),
    ...rows.map(
      ([key, value, from]) =>
        `${key.padEnd(widths[0] ?? 0)}  ${value.padEnd(widths[1] ?? 0)}  ${from}`,
    ),
    "",
  ].join("\n");
}
