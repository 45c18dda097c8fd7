import type { ExitCode, Invocation } from "../command.ts";
import { policyJsonSchema } from "../policy-json-schema.ts";
import { reportJson } from "../reporters/json.ts";

/** `shipgate policy schema` */
export async function run({ print }: Invocation): Promise<ExitCode> {
  await print(reportJson(policyJsonSchema()));
  return 0;
}
