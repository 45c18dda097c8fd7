import type { HookDialect, HookEvent } from "../dialect.ts";
import { readFields, sessionOf } from "../event-fields.ts";
import { feedbackOn } from "../feedback.ts";
import { readToolCall } from "../tool-call.ts";

/**
 * Gemini CLI (https://geminicli.com/docs/hooks/reference): `BeforeTool` and `AfterTool`. Standard
 * output is one JSON document and nothing else, also where there is nothing to say.
 */
export const gemini: HookDialect = {
  agent: "gemini",
  parse,
  answer: (event, review, paths) => {
    const feedback = feedbackOn(event, review, paths);
    if (feedback === null) return "{}";
    return JSON.stringify(
      feedback.isSerious
        ? { decision: "deny", reason: feedback.text }
        : {
            hookSpecificOutput: { hookEventName: "AfterTool", additionalContext: feedback.text },
          },
    );
  },
  object: (_event, { decision, reason }) =>
    JSON.stringify({
      decision: "deny",
      reason: decision === "ask" ? `${reason} Ask the person first.` : reason,
    }),
  silence: "{}",
};

function parse(value: unknown): readonly HookEvent[] {
  const fields = readFields("Gemini CLI", value);
  const name = fields.need("hook_event_name", fields.name("hook_event_name", "hookEventName"));
  const session = fields.need("session_id", fields.name("session_id", "sessionId"));
  const directory = fields.need("cwd", fields.text("cwd"));
  const by = sessionOf("gemini", session, fields.name("model"));
  switch (name) {
    case "SessionStart":
      return [{ kind: "session", event: "start", by, directory }];
    case "SessionEnd":
      return [{ kind: "session", event: "end", by, directory }];
    case "BeforeTool":
    case "AfterTool": {
      const tool = fields.name("tool_name", "toolName");
      if (tool === null) return [{ kind: "other", name }];
      const when = name === "BeforeTool" ? "before" : "after";
      const call = fields.name("tool_use_id", "toolUseId");
      const input = fields.get("tool_input", "toolInput");
      return readToolCall({ when, by, call, directory, tool, input });
    }
    default:
      return [{ kind: "other", name }];
  }
}
