import { printable } from "../../core/printable.ts";
import type { ViewNode } from "../../protocol.ts";

/** Most lines of one list; the rest is one line that says how many there are. */
const MOST_LINES = 200;
const LONGEST_TEXT = 1000;

/** A line of the view from what is special about it; every text is made safe to show. */
export function viewNode(
  given: Pick<ViewNode, "id" | "label" | "icon"> & Partial<ViewNode>,
): ViewNode {
  const label = printable(given.label, LONGEST_TEXT);
  const description = printable(given.description ?? "", LONGEST_TEXT);
  const children = given.children ?? [];
  return {
    tone: "plain",
    place: null,
    rule: null,
    actions: given.place === undefined || given.place === null ? [] : ["open"],
    expanded: false,
    ...given,
    label,
    description,
    tooltip: lines(given.tooltip ?? [label, description].filter(Boolean).join("\n")),
    spoken: lines(given.spoken ?? [label, description].filter(Boolean).join(", ")),
    children,
  };
}

/** A list cut to what can be looked at, which says what it leaves out. */
export function shortList(id: string, nodes: readonly ViewNode[]): readonly ViewNode[] {
  if (nodes.length <= MOST_LINES) return nodes;
  const rest = nodes.length - MOST_LINES;
  const more = viewNode({ id: `${id}/more`, label: `${rest} more`, icon: "ellipsis" });
  return [...nodes.slice(0, MOST_LINES), more];
}

/** Breaks between lines are ours; everything else that cannot be seen is shown. */
function lines(text: string): string {
  return text
    .split("\n")
    .map((line) => printable(line, LONGEST_TEXT))
    .join("\n");
}

/** A path as a file's name and the folder that it is in. */
export function splitPath(path: string): { readonly name: string; readonly folder: string } {
  const at = path.lastIndexOf("/");
  return { name: path.slice(at + 1), folder: path.slice(0, Math.max(0, at)) };
}
