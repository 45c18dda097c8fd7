import { policyJsonSchema } from "../../core/policy/schema.ts";
import type { ExitCode, Invocation } from "../command.ts";
import { reportJson } from "../reporters/json.ts";

/** `shipgate policy schema` */
export async function run({ print }: Invocation): Promise<ExitCode> {
  await print(reportJson(policyJsonSchema()));
  return 0;
}
