import type { Import } from "../ecosystem.ts";
import { STANDARD_MODULES } from "./standard-modules.ts";

/** Largest source file whose imports are read, in UTF-16 units. */
const LARGEST = 4 * 1024 * 1024;
const IMPORT = /^([ \t]*)import[ \t]+(.{1,2000})$/;
const FROM = /^([ \t]*)from[ \t]+([\w.]{1,300})[ \t]+import\b/;
const TYPE_CHECKING = /^([ \t]*)if[ \t]+(?:typing\.)?TYPE_CHECKING[ \t]*:/;

/**
 * Top-level modules that Python code imports from outside the standard library. Text inside string
 * literals and comments does not count; imports under `if TYPE_CHECKING:` are type-only.
 */
export function readPythonImports(text: string): readonly Import[] {
  if (text.length > LARGEST) return [];
  const found: Import[] = [];
  let typing: number | null = null;
  for (const [index, line] of blankStrings(text).split("\n").entries()) {
    const indent = /^[ \t]*/.exec(line)?.[0].length ?? 0;
    if (typing !== null && line.trim() !== "" && indent <= typing) typing = null;
    const block = TYPE_CHECKING.exec(line);
    if (block) typing = block[1]?.length ?? 0;
    for (const { module, column } of modulesOf(line)) {
      const name = module.split(".")[0] ?? "";
      if (name === "" || STANDARD_MODULES.has(name)) continue;
      found.push({
        name,
        line: index + 1,
        startColumn: column,
        endColumn: column + module.length,
        typeOnly: typing !== null && indent > typing,
      });
    }
  }
  return found;
}

function modulesOf(line: string): readonly { readonly module: string; readonly column: number }[] {
  const from = FROM.exec(line);
  if (from?.[2]) {
    return from[2].startsWith(".") ? [] : [{ module: from[2], column: line.indexOf(from[2]) + 1 }];
  }
  const match = IMPORT.exec(line);
  if (!match?.[2]) return [];
  const modules = [];
  let column = line.length - match[2].length + 1;
  for (const part of match[2].split(/[;#]/)[0]?.split(",") ?? []) {
    const module = /^\s*([A-Za-z_][\w.]*)/.exec(part)?.[1];
    if (module) modules.push({ module, column: column + part.indexOf(module) });
    column += part.length + 1;
  }
  return modules;
}

/** The text with the inside of string literals and comments blanked, line breaks kept. */
function blankStrings(text: string): string {
  return text.replaceAll(
    /"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?|#[^\n]*/g,
    (literal) => literal.replaceAll(/[^\n]/g, " "),
  );
}
