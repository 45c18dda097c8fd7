import { printable } from "../../core/printable.ts";
import type { ExitCode, Invocation } from "../command.ts";
import { listed, readPackages } from "../manifests.ts";
import type { DepsListOutput } from "../output.ts";
import { reportJson } from "../reporters/json.ts";

/** `shipgate deps list FILE…` */
export async function run({ dir, operands, strings, print }: Invocation): Promise<ExitCode> {
  const packages: DepsListOutput["packages"] = [];
  for (const file of operands) packages.push(...(await readPackages(dir, file)).map(listed));
  const output: DepsListOutput = { schemaVersion: 1, packages };
  await print(
    strings["format"] === "json" ? reportJson(output) : packages.map(describePackage).join(""),
  );
  return 0;
}

function describePackage(item: DepsListOutput["packages"][number]): string {
  const { name, version, ecosystem, direct, dev, source } = item;
  const traits = [direct ? "direct" : "transitive", ...(dev ? ["dev"] : [])];
  const from = source === "registry" ? "" : ` from ${printable(source)}`;
  const at = version === null ? "" : ` ${printable(version)}`;
  return `${printable(ecosystem)}  ${printable(name)}${at}  ${traits.join(", ")}${from}\n`;
}
