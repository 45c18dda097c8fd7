import type { HookDialect, HookEvent } from "../dialect.ts";
import { type EventFields, readFields, sessionOf } from "../event-fields.ts";
import { feedbackOn } from "../feedback.ts";
import { readToolCall } from "../tool-call.ts";
import { copilot } from "./copilot.ts";

/** What a session is called where the event names none: older versions do not. */
const UNNAMED = "unnamed";

/**
 * GitHub Copilot's CLI (https://docs.github.com/copilot/reference/hooks-configuration): its events
 * do not say their own names, so that they are told apart by their fields. It reads the answer to
 * `preToolUse`; newer versions take `additionalContext` after a tool, older ones read nothing.
 */
export const copilotCli: HookDialect = {
  agent: "copilot-cli",
  parse,
  answer: (event, review, paths) => {
    if (isOfEditor(event)) return copilot.answer(event, review, paths);
    const feedback = feedbackOn(event, review, paths);
    return feedback === null ? "" : JSON.stringify({ additionalContext: feedback.text });
  },
  object: (event, objection) => {
    if (isOfEditor(event)) return copilot.object(event, objection);
    const { decision, reason } = objection;
    return JSON.stringify({ permissionDecision: decision, permissionDecisionReason: reason });
  },
  silence: "",
};

function parse(value: unknown): readonly HookEvent[] {
  const fields = readFields("Copilot CLI", value);
  // VS Code reads the same hook files, and speaks its own language then.
  if (fields.get("hook_event_name", "hookEventName") !== undefined) return copilot.parse(value);
  const directory = fields.need("cwd", fields.text("cwd"));
  const session = fields.name("sessionId", "session_id") ?? UNNAMED;
  const by = sessionOf("copilot-cli", session, fields.name("model"));
  const tool = fields.name("toolName", "tool_name");
  if (tool === null) return [sessionEvent(fields, by, directory)];
  const input = fields.get("toolArgs", "tool_input");
  const when = fields.get("toolResult", "tool_response") === undefined ? "before" : "after";
  const call = fields.name("toolUseId", "toolCallId", "tool_use_id");
  return readToolCall({ when, by, call, directory, tool, input });
}

/** Whether an event came from VS Code and not from the CLI. */
function isOfEditor(event: HookEvent): boolean {
  return event.kind !== "other" && event.by.agent === copilot.agent;
}

function sessionEvent(
  fields: EventFields,
  by: ReturnType<typeof sessionOf>,
  directory: string,
): HookEvent {
  if (fields.text("source") !== null) return { kind: "session", event: "start", by, directory };
  if (fields.text("reason") !== null) return { kind: "session", event: "end", by, directory };
  return { kind: "other", name: "an event without a tool" };
}
