import { isAbsolute, relative } from "node:path";

import type { AgentSession } from "../../core/attribution.ts";
import type { CommandEvent, HookDialect, HookEvent, Objection } from "../dialect.ts";
import { type EventFields, readFields, sessionOf } from "../event-fields.ts";
import { feedbackOn } from "../feedback.ts";
import { readToolCall } from "../tool-call.ts";

/**
 * Cursor (https://cursor.com/docs/agent/hooks): events about tools, and older ones about files and
 * shell commands. Every answer is a JSON document. It knows an event's folder only as the
 * workspace's roots, and asks a person only before a shell command.
 */
export const cursor: HookDialect = {
  agent: "cursor",
  parse,
  answer: (event, review, paths) => {
    const feedback = feedbackOn(event, review, paths);
    return feedback === null ? "{}" : JSON.stringify({ additional_context: feedback.text });
  },
  object: (event, objection) => answerBefore(event, objection),
  silence: "{}",
};

function parse(value: unknown): readonly HookEvent[] {
  const fields = readFields("Cursor", value);
  const name = fields.need("hook_event_name", fields.name("hook_event_name"));
  const session = fields.need(
    "conversation_id",
    fields.name("conversation_id", "session_id", "generation_id"),
  );
  const by = sessionOf("cursor", session, fields.name("model"));
  const directory = fields.need("workspace_roots", folderOf(fields));
  switch (name) {
    case "sessionStart":
      return [{ kind: "session", event: "start", by, directory }];
    case "sessionEnd":
      return [{ kind: "session", event: "end", by, directory }];
    case "preToolUse":
    case "postToolUse": {
      const tool = fields.name("tool_name");
      if (tool === null) return [{ kind: "other", name }];
      const when = name === "preToolUse" ? "before" : "after";
      const call = fields.name("tool_use_id");
      const input = fields.get("tool_input");
      return readToolCall({ when, by, call, directory, tool, input });
    }
    default:
      return parseOlder(name, fields, by, directory);
  }
}

/** Events about one file or one shell command, without a tool. */
function parseOlder(
  name: string,
  fields: EventFields,
  by: AgentSession,
  directory: string,
): readonly HookEvent[] {
  const common = { by, call: null, directory } as const;
  switch (name) {
    case "afterFileEdit":
    case "afterTabFileEdit": {
      const input = { file_path: fields.text("file_path"), edits: fields.get("edits") };
      return readToolCall({ ...common, when: "after", tool: "MultiEdit", input });
    }
    case "beforeShellExecution":
    case "afterShellExecution": {
      const when = name === "beforeShellExecution" ? "before" : "after";
      const input = { command: fields.text("command") };
      const [event] = readToolCall({ ...common, when, tool: "Shell", input });
      if (event?.kind !== "command") return [{ kind: "other", name }];
      // Of the two kinds of events before a command this is the one that can ask a person.
      return [{ ...event, pair: SHELL }];
    }
    default:
      return [{ kind: "other", name }];
  }
}

const SHELL = "shell";

function answerBefore(event: CommandEvent, { decision, reason }: Objection): string {
  const permission = event.pair === SHELL ? decision : "deny";
  const said = permission === decision ? reason : `${reason} Ask the person first.`;
  return JSON.stringify({ permission, user_message: said, agent_message: said });
}

/** The root of the workspace that the event's file lies in, else the first. */
function folderOf(fields: EventFields): string | null {
  const roots = fields.get("workspace_roots");
  const list = (Array.isArray(roots) ? roots : []).flatMap((root) =>
    typeof root === "string" ? [withDrive(root)] : [],
  );
  const input = fields.get("tool_input");
  const path = readFields("Cursor", typeof input === "object" ? input : {}).text(
    "file_path",
    "path",
  );
  const file = path ?? fields.text("file_path");
  const around = list.find((root) => {
    const inside = file === null ? ".." : relative(root, file);
    return !inside.startsWith("..") && !isAbsolute(inside);
  });
  return around ?? fields.text("cwd") ?? list[0] ?? null;
}

/** On Windows it writes `/c:/folder` for `c:/folder`. */
function withDrive(path: string): string {
  return /^\/[A-Za-z]:/u.test(path) ? path.slice(1) : path;
}
