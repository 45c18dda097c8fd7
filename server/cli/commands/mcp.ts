import { serveMcp } from "../../mcp/serve.ts";
import type { ExitCode, Invocation } from "../command.ts";
import { VERSION } from "../program.ts";

/** `shipgate mcp`: standard output is the protocol's alone. */
export async function run({ dir, log, signal }: Invocation): Promise<ExitCode> {
  await serveMcp({ dir, log, signal, version: VERSION });
  return 0;
}
