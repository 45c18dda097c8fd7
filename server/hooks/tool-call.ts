import { createHash } from "node:crypto";

import type { AgentSession } from "../core/attribution.ts";
import { GateError } from "../engine/errors.ts";
import { type PatchedFile, readPatch } from "./apply-patch.ts";
import type { FileRequest, HookEvent, Replacement } from "./dialect.ts";

/** One call of a tool, as any assistant tells it. */
export interface ToolCall {
  readonly when: "before" | "after";
  readonly by: AgentSession;
  /** The call's own name; null where the assistant gives none. */
  readonly call: string | null;
  readonly directory: string;
  readonly tool: string;
  readonly input: unknown;
}

type Fields = Readonly<Record<string, unknown>>;
type Reading = readonly PatchedFile[] | { readonly command: string } | null;

const PATH = ["file_path", "filePath", "path", "notebook_path", "target_notebook"];
const OLD = ["old_string", "oldString", "old_str"];
const NEW = ["new_string", "newString", "new_str"];
const CONTENT = ["content", "contents", "file_text"];

/**
 * The tools of all assistants that write, by their names in lower case without separators. What is
 * not here reads, searches or talks, and is left alone.
 */
const TOOLS: ReadonlyMap<string, (input: Fields) => Reading> = new Map(
  Object.entries({
    write: readWrite,
    writefile: readWrite,
    create: readWrite,
    createfile: readWrite,
    edit: readReplace,
    replace: readReplace,
    strreplace: readReplace,
    searchreplace: readReplace,
    replacestringinfile: readReplace,
    multiedit: readSeveral,
    multireplacestringinfile: readSeveral,
    strreplaceeditor: readByCommand,
    inserteditintofile: (input) => readInsert(input, ["code"]),
    notebookedit: (input) => readInsert(input, ["new_source"], asNotebookLines),
    editnotebook: (input) => readInsert(input, NEW, asNotebookLines),
    editnotebookfile: (input) => readInsert(input, ["newCode"], asNotebookLines),
    applypatch: readPatchInput,
    bash: readCommand,
    shell: readCommand,
    shellcommand: readCommand,
    localshell: readCommand,
    execcommand: readCommand,
    powershell: readCommand,
    runinterminal: readCommand,
    runshellcommand: readCommand,
  }),
);

/** What a tool call does to files, or the command that it runs, as events. Throws GateError `bad-input`. */
export function readToolCall(call: ToolCall, original?: string | null): readonly HookEvent[] {
  const read = TOOLS.get(call.tool.toLowerCase().replaceAll(/[-_ ]/gu, ""));
  if (read === undefined) return [{ kind: "other", name: call.tool }];
  const found = read(fieldsOf(call.input));
  if (found === null) throw unreadable(call);
  const { when, by, directory } = call;
  const common = { when, by, directory, call: call.call ?? nameOf(call) } as const;
  if ("command" in found) return [{ kind: "command", ...common, command: found.command }];
  if (found.length === 0) return [{ kind: "other", name: call.tool }];
  const told = original !== undefined && when === "after" ? { original } : {};
  const edit = { kind: "edit", ...common, ...told } as const;
  return found.map((file) => Object.assign({}, edit, file));
}

/** The fields of a tool's input: an object, the text of one, or one text alone under `input`. */
function fieldsOf(input: unknown): Fields {
  if (typeof input === "object" && input !== null) return input as Fields;
  if (typeof input !== "string") return {};
  try {
    const parsed: unknown = JSON.parse(input);
    if (typeof parsed === "object" && parsed !== null) return parsed as Fields;
  } catch {
    // Not JSON: the tool takes one text.
  }
  return { input };
}

function readWrite(input: Fields): Reading {
  const path = textOf(input, PATH);
  if (path === null) return null;
  const content = textOf(input, CONTENT);
  const request: FileRequest = content === null ? { kind: "unsaid" } : { kind: "write", content };
  return [{ path, request }];
}

function readReplace(input: Fields): Reading {
  const path = textOf(input, PATH);
  if (path === null) return null;
  if (Array.isArray(input["edits"])) return readSeveral(input);
  const edit = replacementOf(input);
  return [
    { path, request: edit === null ? { kind: "unsaid" } : { kind: "replace", edits: [edit] } },
  ];
}

/** Several replacements, in one file or each in its own. */
function readSeveral(input: Fields): Reading {
  const list = input["edits"] ?? input["replacements"];
  const shared = textOf(input, PATH);
  if (!Array.isArray(list)) return null;
  const byPath = new Map<string, Replacement[]>();
  for (const item of list.slice(0, 1_000)) {
    const fields = fieldsOf(item);
    const path = textOf(fields, PATH) ?? shared;
    const edit = replacementOf(fields);
    if (path === null || edit === null) return null;
    byPath.set(path, [...(byPath.get(path) ?? []), edit]);
  }
  return [...byPath].map(([path, edits]) => ({ path, request: { kind: "replace", edits } }));
}

function replacementOf(fields: Fields): Replacement | null {
  const old = textOf(fields, OLD);
  const fresh = textOf(fields, NEW);
  if (old === null || fresh === null) return null;
  const expected = fields["expected_replacements"];
  const all =
    fields["replace_all"] === true ||
    fields["allow_multiple"] === true ||
    (typeof expected === "number" && expected > 1);
  return { old, new: fresh, all };
}

/** Anthropic's text editor tool says in `command` what it is. */
function readByCommand(input: Fields): Reading {
  switch (input["command"]) {
    case "create":
      return readWrite(input);
    case "str_replace":
      return readReplace(input);
    case "insert":
      return readInsert(input, [...NEW, "insert_text"]);
    default:
      return [];
  }
}

function readInsert(
  input: Fields,
  names: readonly string[],
  shape: (text: string) => string = (text) => text,
): Reading {
  const path = textOf(input, PATH);
  const given = names.map((name) => input[name]).find((value) => value !== undefined);
  const text = Array.isArray(given) ? given.map(String).join("\n") : given;
  if (path === null || typeof text !== "string") return null;
  return [{ path, request: { kind: "insert", text: shape(text) } }];
}

function readPatchInput(input: Fields): Reading {
  const patch = textOf(input, ["input", "patch", "command", "patchText"]);
  const path = textOf(input, PATH);
  if (patch !== null) return readPatch(patch);
  return path === null ? null : [{ path, request: { kind: "unsaid" } }];
}

function readCommand(input: Fields): Reading {
  const given = input["command"] ?? input["cmd"] ?? input["input"];
  if (typeof given === "string") return { command: given };
  if (Array.isArray(given)) return { command: given.map(String).join(" ") };
  return null;
}

function textOf(fields: Fields, names: readonly string[]): string | null {
  for (const name of names) {
    const value = fields[name];
    if (typeof value === "string") return value;
  }
  return null;
}

/** A cell's lines as a notebook file has them: JSON strings, with and without the comma after them. */
function asNotebookLines(source: string): string {
  const lines = source.split("\n");
  return lines
    .flatMap((line) => [`${JSON.stringify(`${line}\n`)},`, JSON.stringify(line)])
    .join("\n");
}

/** A name for a call that has none: the same before and after. */
function nameOf({ tool, input }: ToolCall): string {
  const text = JSON.stringify([tool, input]);
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

function unreadable({ by, tool }: ToolCall): GateError {
  return new GateError("bad-input", `The event of ${by.agent} for ${tool} could not be read.`, {
    remedy: "Update Shipgate and the assistant; the edit itself was not touched.",
  });
}
