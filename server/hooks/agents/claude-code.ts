import type { HookDialect, HookEvent } from "../dialect.ts";
import { readFields, sessionOf } from "../event-fields.ts";
import { feedbackOn } from "../feedback.ts";
import { readToolCall } from "../tool-call.ts";

/**
 * Claude Code (https://code.claude.com/docs/en/hooks): events with snake_case fields, answers as
 * JSON on stdout with exit code 0. Exit code 2 would block the assistant; we never give it.
 */
export const claudeCode: HookDialect = {
  agent: "claude-code",
  parse: (value) => parsePascalEvents(callerOf(value), "Claude Code", value),
  answer: (event, review, paths) => {
    const feedback = feedbackOn(event, review, paths);
    return feedback === null ? "" : answerAfter(feedback.text, feedback.isSerious);
  },
  object: (_event, { decision, reason }) => answerBefore(decision, reason),
  silence: "",
};

/**
 * The events that Claude Code made and others took over: PreToolUse, PostToolUse and the two ends
 * of a session, with fields in snake_case or camelCase.
 */
export function parsePascalEvents(
  agent: string,
  assistant: string,
  value: unknown,
): readonly HookEvent[] {
  const fields = readFields(assistant, value);
  const name = fields.need(
    "hook_event_name",
    fields.name("hook_event_name", "hookEventName", "hook_event"),
  );
  const session = fields.need(
    "session_id",
    fields.name("session_id", "sessionId", "thread_id", "chat_session_id"),
  );
  const by = sessionOf(agent, session, fields.name("model"));
  const directory = fields.need("cwd", fields.text("cwd", "workspace_folder", "workspaceFolder"));
  switch (name.toLowerCase()) {
    case "sessionstart":
      return [{ kind: "session", event: "start", by, directory }];
    case "sessionend":
      return [{ kind: "session", event: "end", by, directory }];
    case "pretooluse":
    case "posttooluse": {
      const tool = fields.name("tool_name", "toolName");
      if (tool === null) return [{ kind: "other", name }];
      const when = name.toLowerCase() === "pretooluse" ? "before" : "after";
      const call = fields.name("tool_use_id", "toolUseId");
      const input = fields.get("tool_input", "toolInput", "toolArgs");
      return readToolCall(
        { when, by, call, directory, tool, input },
        originalOf(fields.get("tool_response")),
      );
    }
    default:
      return [{ kind: "other", name }];
  }
}

/**
 * Who calls: VS Code's agent and Cursor read Claude Code's hook files too where they are told to, and
 * what they write is not Claude Code's.
 */
function callerOf(value: unknown): string {
  const fields = readFields("Claude Code", value);
  if (fields.get("cursor_version") !== undefined) return "cursor";
  const transcript = fields.text("transcript_path") ?? "";
  const isEditors = /[/\\](?:github\.copilot-chat|workspaceStorage)[/\\]/iu.test(transcript);
  return isEditors ? "copilot" : "claude-code";
}

/** The answer to a tool call that was made. */
export function answerAfter(text: string, isSerious: boolean): string {
  return JSON.stringify(
    isSerious
      ? { decision: "block", reason: text }
      : { hookSpecificOutput: { hookEventName: "PostToolUse", additionalContext: text } },
  );
}

/** The answer to a tool call that is about to be made. */
export function answerBefore(decision: "deny" | "ask", reason: string): string {
  return JSON.stringify({
    hookSpecificOutput: {
      hookEventName: "PreToolUse",
      permissionDecision: decision,
      permissionDecisionReason: reason,
    },
  });
}

/** What the edit tool says that the file was: null where there was no file, undefined where it says nothing. */
function originalOf(response: unknown): string | null | undefined {
  if (typeof response !== "object" || response === null) return undefined;
  const original: unknown = Object.entries(response).find(([key]) => key === "originalFile")?.[1];
  return typeof original === "string" || original === null ? original : undefined;
}
