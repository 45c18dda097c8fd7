import type { Command, CommandOption } from "../command.ts";
import { SELECTION } from "../selection.ts";

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
    name: "policy validate",
    summary: "Look for mistakes in a policy file.",
    details: "Without FILE it is shipgate.yaml in the folder. Exits 1 where there is a mistake.",
    operands: { usage: "[FILE]", min: 0, max: 1 },
    options: { format: FORMAT },
    load: () => import("./policy-validate.ts"),
  },
  {
    name: "policy show",
    summary: "Show the policy that judges the change, with the origin of each value.",
    details:
      "The policy is read from the merge base: what the change does to shipgate.yaml does not count yet.",
    options: { base: SELECTION.base, head: SELECTION.head, format: FORMAT },
    load: () => import("./policy-show.ts"),
  },
  {
    name: "policy schema",
    summary: "Print the JSON Schema of shipgate.yaml.",
    options: {},
    load: () => import("./policy-schema.ts"),
  },
  {
    name: "journal verify",
    summary: "Check that the record of who wrote what is whole.",
    details:
      "Follows the chain of hashes from the first entry to the last. Exits 1 where it breaks.",
    options: { format: FORMAT },
    load: () => import("./journal-verify.ts"),
  },
  {
    name: "image list",
    summary: "List the hardened images and which of them were built here.",
    options: { format: FORMAT },
    load: () => import("./image-list.ts"),
  },
  {
    name: "lsp",
    summary: "Serve an editor over the Language Server Protocol.",
    options: {
      stdio: { type: "boolean", description: "Talk over standard input and output." },
    },
    load: () => import("./lsp.ts"),
  },
];
