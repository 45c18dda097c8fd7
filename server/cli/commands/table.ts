import type { Command, CommandOption } from "../command.ts";

const FORMAT: CommandOption = {
  type: "string",
  choices: ["text", "json"],
  description: "How the result is printed.",
};

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  {
    name: "explain",
    summary: "Tell what a rule looks for, why, and what to do.",
    operands: { usage: "RULE", min: 1, max: 1 },
    options: { format: FORMAT },
    load: () => import("./explain.ts"),
  },
  {
    name: "policy schema",
    summary: "Print the JSON Schema of shipgate.yaml.",
    options: {},
    load: () => import("./policy-schema.ts"),
  },
];
