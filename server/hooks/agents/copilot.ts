import type { HookDialect } from "../dialect.ts";
import { feedbackOn } from "../feedback.ts";
import { answerAfter, answerBefore, parsePascalEvents } from "./claude-code.ts";

/**
 * The agent of VS Code's own chat (https://code.visualstudio.com/docs/copilot/customization/hooks):
 * Claude Code's events with tools of its own, and field names that were in camelCase for a while.
 * Its report of a patch may come before the file is written (microsoft/vscode#315926).
 */
export const copilot: HookDialect = {
  agent: "copilot",
  parse: (value) => parsePascalEvents("copilot", "VS Code", value),
  answer: (event, review, paths) => {
    const feedback = feedbackOn(event, review, paths);
    return feedback === null ? "" : answerAfter(feedback.text, feedback.isSerious);
  },
  object: (_event, { decision, reason }) => answerBefore(decision, reason),
  silence: "",
};
