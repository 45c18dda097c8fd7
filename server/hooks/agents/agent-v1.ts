import type { AgentSession } from "../../core/attribution.ts";
import type { HookDialect, HookEvent } from "../dialect.ts";
import { type EventFields, readFields, sessionOf } from "../event-fields.ts";
import { readToolCall } from "../tool-call.ts";

/** Most files of one checkpoint that are followed. */
const FILES = 200;

/**
 * What assistants send to `git-ai checkpoint agent-v1`: a checkpoint before an edit, which names no
 * assistant, and one after it, which names the files and not what was done to them. So all that
 * changed in a named file between the two is taken as the assistant's, and never as proven.
 */
export const agentV1: HookDialect = {
  agent: "agent-v1",
  parse,
  answer: () => "",
  object: () => "",
  silence: "",
};

function parse(value: unknown): readonly HookEvent[] {
  const fields = readFields("git-ai's checkpoint", value);
  const type = fields.need("type", fields.name("type"));
  const directory = fields.text("repo_working_dir", "cwd");
  switch (type) {
    case "human":
      return editsOf(fields, "before", { agent: "git-ai", session: "checkpoint" });
    case "ai_agent":
      return editsOf(fields, "after", authorOf(fields));
    case "pre_shell_command":
    case "post_shell_command": {
      const when = type === "pre_shell_command" ? "before" : "after";
      return readToolCall({
        when,
        by: authorOf(fields),
        call: fields.name("tool_use_id"),
        directory: fields.need("repo_working_dir", directory),
        tool: "Shell",
        input: { command: fields.text("command") ?? "" },
      });
    }
    default:
      return [{ kind: "other", name: type }];
  }
}

function editsOf(
  fields: EventFields,
  when: "before" | "after",
  by: AgentSession,
): readonly HookEvent[] {
  const directory = fields.need("repo_working_dir", fields.text("repo_working_dir"));
  const names = when === "before" ? "will_edit_filepaths" : "edited_filepaths";
  const list = fields.get(names);
  const paths = (Array.isArray(list) ? list : []).filter((path) => typeof path === "string");
  if (paths.length === 0) return [{ kind: "other", name: "a checkpoint without files" }];
  const pair = "checkpoint";
  const request = { kind: "unsaid" } as const;
  return paths
    .slice(0, FILES)
    .map((path) => ({ kind: "edit", when, by, call: pair, pair, directory, path, request }));
}

function authorOf(fields: EventFields): AgentSession {
  const agent = fields.need("agent_name", fields.name("agent_name"));
  const session = fields.need("conversation_id", fields.name("conversation_id"));
  return sessionOf(agent, session, fields.name("model"));
}
