import { styleText } from "node:util";

import { printable } from "../../core/printable.ts";
import { isRuleId, type RuleId, RULES, ruleUrl } from "../../core/rules.ts";
import { GateError } from "../../engine/errors.ts";
import type { ExitCode, Invocation } from "../command.ts";
import type { ExplainOutput } from "../output.ts";
import { reportJson } from "../reporters/json.ts";

/** `shipgate explain RULE` */
export async function run({ operands, strings, print, color }: Invocation): Promise<ExitCode> {
  const [wanted = ""] = operands;
  if (!isRuleId(wanted)) throw unknownRule(wanted);
  const page = pageOf(wanted);
  await print(strings["format"] === "json" ? reportJson(page) : describe(page, color));
  return 0;
}

/** The page of a rule as a record. */
export function pageOf(rule: RuleId): ExplainOutput {
  return { schemaVersion: 1, rule, ...RULES[rule], url: ruleUrl(rule) };
}

function describe(page: ExplainOutput, color: boolean): string {
  const title = color ? styleText("bold", page.title, { validateStream: false }) : page.title;
  return [
    title,
    `${page.rule}: ${page.severity}, ${page.points} points`,
    "",
    page.what,
    "",
    `Why: ${page.why}`,
    "",
    `What to do: ${page.remedy}`,
    "",
    page.url,
    "",
  ].join("\n");
}

/** The error for a rule that there is not, with those that may have been meant. */
export function unknownRule(wanted: string): GateError {
  const tail = wanted.split("/").at(-1) ?? "";
  const near = Object.keys(RULES).filter((rule) => tail !== "" && rule.includes(tail));
  const meant = near.length > 0 ? near : Object.keys(RULES);
  return new GateError("bad-usage", `There is no rule "${printable(wanted)}".`, {
    remedy: `Did you mean ${meant.join(", ")}?`,
  });
}
