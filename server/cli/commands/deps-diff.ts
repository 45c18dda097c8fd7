import { printable } from "../../core/printable.ts";
import { diffPackages } from "../../ecosystems/diff-packages.ts";
import type { ExitCode, Invocation } from "../command.ts";
import { listed, readPackages } from "../manifests.ts";
import type { DepsDiffOutput } from "../output.ts";
import { reportJson } from "../reporters/json.ts";

type Listed = DepsDiffOutput["added"][number];

/** `shipgate deps diff BEFORE AFTER` */
export async function run({ dir, operands, strings, print }: Invocation): Promise<ExitCode> {
  const [before = "", after = ""] = operands;
  const difference = diffPackages(
    await readPackages(dir, before, after),
    await readPackages(dir, after, before),
  );
  const output: DepsDiffOutput = {
    schemaVersion: 1,
    added: difference.added.map(listed),
    removed: difference.removed.map(listed),
    changed: difference.changed.map((pair) => ({
      before: listed(pair.before),
      after: listed(pair.after),
    })),
  };
  await print(strings["format"] === "json" ? reportJson(output) : describe(output));
  return 0;
}

function describe({ added, removed, changed }: DepsDiffOutput): string {
  const lines = [
    ...added.map((item) => `+ ${nameOf(item)}`),
    ...removed.map((item) => `- ${nameOf(item)}`),
    ...changed.map(({ before, after }) => `~ ${nameOf(before)} → ${detailOf(before, after)}`),
  ];
  return lines.length === 0 ? "No difference.\n" : `${lines.join("\n")}\n`;
}

function nameOf({ name, version }: Listed): string {
  return printable(version === null ? name : `${name} ${version}`);
}

/** What is new about a package: its version, or, behind the same version, where it comes from. */
function detailOf(before: Listed, after: Listed): string {
  if (before.version !== after.version) return printable(after.version ?? "no version");
  if (before.source !== after.source) return `from ${printable(after.source)}`;
  return `another hash: ${printable(after.integrity ?? "none")}`;
}
