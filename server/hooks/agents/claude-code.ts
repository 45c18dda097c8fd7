import * as z from "zod/mini";

import type { AgentSession } from "../../core/attribution.ts";
import type { Finding } from "../../core/finding.ts";
import type { Review } from "../../core/review.ts";
import { GateError } from "../../engine/errors.ts";
import type { FileRequest, HookDialect, HookEvent } from "../dialect.ts";

/** Most findings that one answer names. */
const FINDINGS = 10;

const text = z.string();
const name = z.string().check(z.minLength(1), z.maxLength(512));

const Event = z.looseObject({
  hook_event_name: name,
  session_id: name,
  cwd: text,
  model: z.optional(z.nullable(z.string().check(z.maxLength(512)))),
  tool_name: z.optional(text),
  tool_use_id: z.optional(name),
  tool_input: z.optional(z.unknown()),
  tool_response: z.optional(z.unknown()),
});
type Event = z.infer<typeof Event>;

const OneEdit = z.looseObject({
  old_string: text,
  new_string: text,
  replace_all: z.optional(z.nullable(z.boolean())),
});
const Write = z.looseObject({ file_path: text, content: text });
const Edit = z.looseObject({ file_path: text, ...OneEdit.shape });
const MultiEdit = z.looseObject({ file_path: text, edits: z.array(OneEdit) });
const NotebookEdit = z.looseObject({ notebook_path: text, new_source: text });
const Bash = z.looseObject({ command: text });
const Response = z.looseObject({ originalFile: z.optional(z.nullable(text)) });

/**
 * Claude Code (https://code.claude.com/docs/en/hooks): events with snake_case fields, answers as
 * JSON on stdout with exit code 0. Exit code 2 would block the assistant; we never give it.
 */
export const claudeCode: HookDialect = { agent: "claude-code", parse, answer };

function parse(value: unknown): HookEvent {
  const event = read(Event, value);
  const by: AgentSession = {
    agent: "claude-code",
    session: event.session_id,
    ...(typeof event.model === "string" && { model: event.model }),
  };
  switch (event.hook_event_name) {
    case "SessionStart":
      return { kind: "session", event: "start", by };
    case "SessionEnd":
      return { kind: "session", event: "end", by };
    case "PreToolUse":
      return parseTool(event, by, "before");
    case "PostToolUse":
      return parseTool(event, by, "after");
    default:
      return { kind: "other", name: event.hook_event_name };
  }
}

function parseTool(event: Event, by: AgentSession, when: "before" | "after"): HookEvent {
  const common = { when, by, call: event.tool_use_id ?? "", directory: event.cwd } as const;
  if (event.tool_name === "Bash") {
    return { kind: "command", ...common, command: read(Bash, event.tool_input).command };
  }
  const asked = parseRequest(event);
  if (asked === null) return { kind: "other", name: event.tool_name ?? "a tool" };
  const original = Response.safeParse(event.tool_response).data?.originalFile;
  return {
    kind: "edit",
    ...common,
    ...asked,
    ...(original !== undefined && when === "after" && { original }),
  };
}

function parseRequest(event: Event): { path: string; request: FileRequest } | null {
  switch (event.tool_name) {
    case "Write": {
      const { file_path: path, content } = read(Write, event.tool_input);
      return { path, request: { kind: "write", content } };
    }
    case "Edit": {
      const input = read(Edit, event.tool_input);
      return { path: input.file_path, request: { kind: "replace", edits: [replacement(input)] } };
    }
    case "MultiEdit": {
      const { file_path: path, edits } = read(MultiEdit, event.tool_input);
      return { path, request: { kind: "replace", edits: edits.map(replacement) } };
    }
    case "NotebookEdit": {
      const input = read(NotebookEdit, event.tool_input);
      return {
        path: input.notebook_path,
        request: { kind: "insert", text: asJson(input.new_source) },
      };
    }
    case undefined:
    default:
      return null;
  }
}

function replacement(edit: z.infer<typeof OneEdit>): { old: string; new: string; all: boolean } {
  return { old: edit.old_string, new: edit.new_string, all: edit.replace_all === true };
}

/** A cell's lines as a notebook file has them: JSON strings, with and without the comma after them. */
function asJson(source: string): string {
  const lines = source.split("\n");
  return lines
    .flatMap((line) => [`${JSON.stringify(`${line}\n`)},`, JSON.stringify(line)])
    .join("\n");
}

function answer(event: HookEvent, review: Review, paths: readonly string[]): string {
  if (event.kind === "session" || event.kind === "other" || event.when === "before") return "";
  const touched = new Set(paths);
  const findings = review.findings.filter(
    (finding) => touched.has(finding.location.path) && finding.exception === undefined,
  );
  if (findings.length === 0) return "";
  const said = [
    "Shipgate looked at this edit:",
    ...findings.slice(0, FINDINGS).map(describe),
    ...(findings.length > FINDINGS ? [`… and ${findings.length - FINDINGS} more.`] : []),
  ].join("\n");
  return JSON.stringify(
    findings.some((finding) => finding.severity === "error")
      ? { decision: "block", reason: said }
      : { hookSpecificOutput: { hookEventName: "PostToolUse", additionalContext: said } },
  );
}

function describe(finding: Finding): string {
  const { path, startLine } = finding.location;
  const place = `${path}:${startLine}`;
  return `- ${place} ${finding.severity} ${finding.rule}: ${finding.message} ${finding.remedy}`;
}

function read<T>(schema: z.ZodMiniType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const where = result.error.issues[0]?.path.join(".") ?? "";
  throw new GateError("bad-input", `The event is not one of Claude Code: look at \`${where}\`.`, {
    remedy: "Update Shipgate and Claude Code; the edit itself was not touched.",
  });
}
