import { z } from "zod";

import { PolicyFile } from "../core/policy/schema.ts";

/** The JSON Schema (2020-12) of shipgate.yaml, for editors that complete and check YAML. */
export function policyJsonSchema(): Record<string, unknown> {
  return {
    $id: "https://github.com/shipgate/shipgate/blob/main/docs/schemas/policy.json",
    title: "shipgate.yaml",
    ...z.toJSONSchema(PolicyFile, { io: "input" }),
  };
}
