import { findNodeAtLocation, type Node, parseTree } from "jsonc-parser";

import { indexLines } from "../../core/line-index.ts";
import type { Package, TextEdit } from "../ecosystem.ts";
import { SECTIONS } from "./manifest.ts";

/** Takes a package out of its section of a package.json, with the comma that goes with it. */
export function removePackage(text: string, named: Package): readonly TextEdit[] | null {
  const root = parseTree(text);
  const { lineAt } = indexLines(text);
  for (const section of SECTIONS.keys()) {
    const value = root && findNodeAtLocation(root, [section, named.alias ?? named.name]);
    const property = value?.parent;
    if (property?.parent === undefined || lineAt(property.offset) !== named.line) continue;
    return [removeProperty(property.parent, property)];
  }
  return null;
}

/** With its comma: up to the next property where there is one, else back to the one before. */
function removeProperty(section: Node, property: Node): TextEdit {
  const siblings = section.children ?? [];
  const at = siblings.indexOf(property);
  const next = siblings[at + 1];
  const previous = siblings[at - 1];
  if (next !== undefined) return { start: property.offset, end: next.offset, newText: "" };
  if (previous !== undefined) return { start: endOf(previous), end: endOf(property), newText: "" };
  return { start: section.offset + 1, end: endOf(section) - 1, newText: "" };
}

function endOf({ offset, length }: Node): number {
  return offset + length;
}
