import type { ChangeSelection } from "../engine/ports.ts";
import type { CommandOption, Invocation } from "./command.ts";
import { badUsage } from "./usage.ts";

/** Options of the commands that look at a change. */
export const SELECTION = {
  base: {
    type: "string",
    value: "REV",
    description: "Take the merge base with this revision. Default: the default branch.",
  },
  head: {
    type: "string",
    value: "REV",
    description: "Take this revision instead of the working tree.",
  },
  staged: { type: "boolean", description: "Take what is staged instead of the working tree." },
} as const satisfies Record<string, CommandOption>;

/** The option of commands that judge a change with facts about its packages. */
export const OFFLINE = {
  offline: {
    type: "boolean",
    description: "Ask no registry: use kept facts only; what is missing is unproven.",
  },
} as const satisfies Record<string, CommandOption>;

/** Which change the options ask for. Throws GateError `bad-usage`. */
export function readSelection({
  strings,
  flags,
}: Pick<Invocation, "strings" | "flags">): ChangeSelection {
  const { base, head } = strings;
  if (head !== undefined && flags.has("staged")) {
    throw badUsage({ name: "check" }, "--head and --staged exclude each other.");
  }
  for (const revision of [base, head]) {
    if (revision === "") throw badUsage({ name: "check" }, "A revision is empty.");
  }
  return {
    ...(base !== undefined && { base }),
    ...(head !== undefined && { head }),
    ...(flags.has("staged") && { staged: true }),
  };
}
