import type { HookDialect } from "../dialect.ts";
import { feedbackOn } from "../feedback.ts";
import { answerAfter, answerBefore, parsePascalEvents } from "./claude-code.ts";

/**
 * Codex CLI (codex-rs/hooks/schema): Claude Code's events; every edit is an `apply_patch`. Its
 * answers are read strictly: one key too many, or `ask`, and the whole answer counts for nothing,
 * so that what a person should be asked about is denied with that as the reason.
 */
export const codex: HookDialect = {
  agent: "codex",
  parse: (value) => parsePascalEvents("codex", "Codex", value),
  answer: (event, review, paths) => {
    const feedback = feedbackOn(event, review, paths);
    return feedback === null ? "" : answerAfter(feedback.text, feedback.isSerious);
  },
  object: (_event, { decision, reason }) =>
    answerBefore("deny", decision === "ask" ? `${reason} Ask the person first.` : reason),
  silence: "",
};
