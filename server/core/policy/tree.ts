import { isAlias, isMap, isPair, isScalar, isSeq, type LineCounter, type Node } from "yaml";

import type { Location, RepoPath } from "../location.ts";
import { printable } from "../printable.ts";
import type { PolicyProblem } from "./policy.ts";

/** How deep lists and maps may be nested. A real policy needs four levels. */
const DEEPEST = 16;

/**
 * What a policy may not use although YAML has it: aliases, anchors, merge keys and tags, because
 * their expansion can be cyclic or huge and because a reader must see what holds; keys that are
 * given twice, because only one of them counts.
 */
export function checkTree(
  root: Node | null,
  path: RepoPath,
  lines: LineCounter,
): readonly PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  const add = (node: unknown, message: string) =>
    problems.push({ message, location: locationOf(path, lines, rangeOf(node)) });
  const open: { readonly node: unknown; readonly depth: number }[] = [{ node: root, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, depth } = next;
    const mistake = nodeMistake(node, depth);
    if (mistake !== null) {
      add(node, mistake);
      continue;
    }
    if (isMap(node)) for (const { at, message } of keyMistakes(node.items)) add(at, message);
    if (!isMap(node) && !isSeq(node)) continue;
    for (const item of node.items.toReversed()) {
      open.push({ node: isPair(item) ? item.value : item, depth: depth + 1 });
    }
  }
  return problems;
}

/** The place of a range of offsets. An empty range is widened to one character so that it can be seen. */
export function locationOf(
  path: RepoPath,
  lines: LineCounter,
  range: readonly [number, number],
): Location {
  const start = lines.linePos(range[0]);
  const end = lines.linePos(Math.max(range[1], range[0]));
  const line = Math.max(start.line, 1);
  const column = Math.max(start.col, 1);
  const sameLine = end.line <= line;
  return {
    path,
    startLine: line,
    endLine: sameLine ? line : end.line,
    startColumn: column,
    endColumn: sameLine ? Math.max(end.col, column + 1) : end.col,
  };
}

/** Where a node's own text begins and ends; trailing comments and blank lines are left out. */
export function rangeOf(node: unknown): readonly [number, number] {
  const range = (node as { range?: readonly number[] | null } | null | undefined)?.range;
  return [range?.[0] ?? 0, range?.[1] ?? 0];
}

function nodeMistake(node: unknown, depth: number): string | null {
  if (depth > DEEPEST) return "This is nested too deeply for a policy.";
  if (isAlias(node)) return "Aliases are not read in a policy: write the value out.";
  if (!isMap(node) && !isSeq(node) && !isScalar(node)) return null;
  if (node.anchor !== undefined) return "Anchors are not read in a policy: write the value out.";
  if (node.tag?.startsWith("!") === true) return "Tags are not read in a policy.";
  return null;
}

function keyMistakes(
  items: readonly { readonly key: unknown }[],
): readonly { readonly at: unknown; readonly message: string }[] {
  const seen = new Set<string>();
  const mistakes: { at: unknown; message: string }[] = [];
  for (const { key } of items) {
    const name = isScalar(key) ? String(key.value) : null;
    if (name === null) mistakes.push({ at: key, message: "A key must be a plain word." });
    else if (name === "<<") {
      mistakes.push({ at: key, message: "Merge keys are not read in a policy: write it out." });
    } else if (seen.has(name)) {
      mistakes.push({ at: key, message: `"${printable(name)}" is given twice.` });
    } else seen.add(name);
    const fault = isScalar(key) ? nodeMistake(key, 0) : null;
    if (fault !== null) mistakes.push({ at: key, message: fault });
  }
  return mistakes;
}
