import { applyEdits, type JSONPath, modify, parse, type ParseError } from "jsonc-parser";

import { printable } from "../../core/printable.ts";
import { GateError } from "../../engine/errors.ts";
import type { Assistant, HookEntry } from "./assistants.ts";

/** A command of ours: this program or its file, and then `hook` with the dialect. */
const OURS = /(?:^|[\s/\\"'])(?:shipgate|cli\.cjs|cli[/\\]main\.ts)["']?\s+hook\s+[a-z0-9-]+\s*$/u;

/**
 * The text of a settings file with our hooks in it, beside what is there: comments, order and
 * layout stay. Throws GateError `bad-input` for a file that is not JSON with comments.
 */
export function addHooks(assistant: Assistant, text: string, command: string): string {
  const clean = removeHooks(text);
  let result = clean.trim() === "" ? "{}\n" : clean;
  const read = () => readObject(result);
  if (assistant.version !== null && read()["version"] === undefined) {
    result = change(result, ["version"], assistant.version);
  }
  for (const entry of assistant.entries) {
    const hooks = read()["hooks"];
    if (hooks !== undefined && !isRecord(hooks)) throw unusable(result);
    const list = hooks?.[entry.event];
    const value = entryOf(assistant, entry, command);
    if (list === undefined) result = change(result, ["hooks", entry.event], [value]);
    else if (Array.isArray(list)) result = change(result, ["hooks", entry.event, -1], value);
    else throw unusable(result);
  }
  return result.endsWith("\n") ? result : `${result}\n`;
}

/** The text without hooks of ours, and without lists that this leaves empty. Everything else stays as it is. */
export function removeHooks(text: string): string {
  if (text.trim() === "") return text;
  let result = text;
  for (let path = findOurs(readObject(result)); path !== null;) {
    result = change(result, path, undefined);
    path = findOurs(readObject(result));
  }
  return result;
}

/** Whether the text calls us, and with which commands. */
export function commandsIn(text: string): readonly string[] {
  const found: string[] = [];
  const visit = (value: unknown, depth: number): void => {
    if (typeof value === "string" && OURS.test(value)) found.push(value);
    if (depth > 8 || typeof value !== "object" || value === null) return;
    for (const child of Object.values(value)) visit(child, depth + 1);
  };
  if (text.trim() !== "") visit(readObject(text)["hooks"], 0);
  return found;
}

function entryOf(assistant: Assistant, entry: HookEntry, command: string): unknown {
  const { shape, timeout } = assistant;
  const matcher = entry.matcher === null ? {} : { matcher: entry.matcher };
  switch (shape) {
    case "groups":
      return { ...matcher, hooks: [{ type: "command", command, timeout }] };
    case "flat":
      return { command, ...matcher, timeout };
    case "shells":
      return { type: "command", bash: command, powershell: `& ${command}`, timeoutSec: timeout };
  }
}

/** Where the first thing of ours is that can be taken away whole; null where nothing is. */
function findOurs(root: Readonly<Record<string, unknown>>): JSONPath | null {
  const hooks = root["hooks"];
  if (!isRecord(hooks)) return null;
  for (const [event, list] of Object.entries(hooks)) {
    if (!Array.isArray(list)) continue;
    for (const [index, entry] of list.entries()) {
      if (!isRecord(entry)) continue;
      const inner = entry["hooks"];
      const isOnlyOurs = Array.isArray(inner)
        ? inner.length > 0 && inner.every(isOurs)
        : isOurs(entry);
      if (isOnlyOurs) {
        if (list.length > 1) return ["hooks", event, index];
        return Object.keys(hooks).length > 1 ? ["hooks", event] : ["hooks"];
      }
      const mixed = Array.isArray(inner) ? inner.findIndex(isOurs) : -1;
      if (mixed !== -1) return ["hooks", event, index, "hooks", mixed];
    }
  }
  return null;
}

function isOurs(hook: unknown): boolean {
  if (!isRecord(hook)) return false;
  return ["command", "bash"].some((key) => {
    const command = hook[key];
    return typeof command === "string" && OURS.test(command);
  });
}

function change(text: string, path: JSONPath, value: unknown): string {
  const indent = /^([ \t]+)\S/mu.exec(text)?.[1] ?? "  ";
  const formattingOptions = {
    insertSpaces: !indent.startsWith("\t"),
    tabSize: indent.startsWith("\t") ? 1 : indent.length,
    eol: text.includes("\r\n") ? "\r\n" : "\n",
  };
  return applyEdits(text, modify(text, path, value, { formattingOptions }));
}

function readObject(text: string): Readonly<Record<string, unknown>> {
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { allowTrailingComma: true });
  if (errors.length > 0 || !isRecord(value)) throw unusable(text);
  return value;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unusable(text: string): GateError {
  const start = printable(text.trim().slice(0, 40));
  return new GateError("bad-input", `The settings file is not what was expected: ${start}`, {
    remedy: "Mend the file, an object of JSON with `hooks` in it, and try again.",
  });
}
