import { closest, distance } from "fastest-levenshtein";
import { isMap, isScalar, isSeq, type LineCounter, type Node } from "yaml";
import type { z } from "zod";

import type { RepoPath } from "../location.ts";
import { printable } from "../printable.ts";
import { RULES } from "../rules.ts";
import type { PolicyProblem } from "./policy.ts";
import { PolicyFile } from "./schema.ts";
import { locationOf, rangeOf } from "./tree.ts";

/** Looking up a place takes time in the size of the file, so a hostile file gets only so many. */
const MOST = 50;

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** Tells what zod found wrong, each mistake at the key or value that it is about. */
export function describeIssues(
  issues: readonly Issue[],
  root: Node | null,
  path: RepoPath,
  lines: LineCounter,
): readonly PolicyProblem[] {
  return issues.slice(0, MOST).flatMap((issue) =>
    placesOf(issue, root).map(({ at, message }) => ({
      message,
      location: locationOf(path, lines, rangeOf(at)),
    })),
  );
}

function placesOf(
  issue: Issue,
  root: Node | null,
): readonly { readonly at: unknown; readonly message: string }[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.slice(0, MOST).map((key) => ({
      at: keyNode(root, [...issue.path, key]),
      message: unknownKey(key, issue.path),
    }));
  }
  if (issue.code === "invalid_key") {
    const key = String(issue.path.at(-1));
    return [{ at: keyNode(root, issue.path), message: unknownKey(key, issue.path.slice(0, -1)) }];
  }
  if (issue.path.length === 0) {
    const message = "A policy is a map of settings; start it with `version: 1`.";
    return [{ at: firstOf(root), message }];
  }
  const value = valueNode(root, issue.path);
  if (value !== undefined) return [{ at: value, message: valueMistake(issue, value) }];
  const key = String(issue.path.at(-1) ?? "");
  const parent = issue.path.slice(0, -1);
  const holder = keyNode(root, parent) ?? valueNode(root, parent) ?? root;
  const hint = parent.length === 0 ? "; start the file with `version: 1`" : "";
  const message = `"${printable(key)}" is missing${hint}.`;
  return [{ at: firstOf(holder), message }];
}

/** What is missing from a map is told at its first key: marking the whole map would hide the rest. */
function firstOf(node: unknown): unknown {
  if (isSeq(node)) return node.items[0] ?? node;
  return isMap(node) ? (node.items[0]?.key ?? node) : node;
}

function unknownKey(key: string, parent: Path): string {
  const inRules = parent.length === 1 && parent[0] === "rules";
  const known = inRules ? Object.keys(RULES) : parent.length === 0 ? topKeys() : [];
  const what = inRules ? "There is no rule" : "There is no setting";
  return `${what} "${printable(key)}"${suggestion(key, known)}.`;
}

function topKeys(): readonly string[] {
  return Object.keys(PolicyFile.shape);
}

function suggestion(given: string, known: readonly string[]): string {
  if (known.length === 0 || given.length > 100) return "";
  const near = closest(given, known);
  return distance(given, near) <= Math.max(2, near.length / 4) ? `; did you mean "${near}"` : "";
}

function valueMistake(issue: Issue, node: unknown): string {
  const given = isScalar(node) ? String(node.value) : null;
  const known =
    issue.code === "invalid_value" ? issue.values.filter((value) => typeof value === "string") : [];
  if (given !== null && known.length > 8) {
    return `There is no rule "${printable(given)}"${suggestion(given, known)}.`;
  }
  return printable(issue.message.replace(/^Invalid [a-z ]+: e/u, "E").replace(/\.?$/u, "."), 400);
}

/** The node of a value; undefined where the file does not give it. */
function valueNode(root: unknown, path: Path): unknown {
  let node = root;
  for (const step of path) {
    if (isMap(node)) node = pairOf(node, step)?.value;
    else if (isSeq(node) && typeof step === "number") node = node.items[step];
    else return undefined;
  }
  return node ?? undefined;
}

function keyNode(root: unknown, path: Path): unknown {
  const parent = valueNode(root, path.slice(0, -1));
  const last = path.at(-1);
  return isMap(parent) && last !== undefined ? pairOf(parent, last)?.key : undefined;
}

function pairOf(
  map: { readonly items: readonly { key: unknown; value: unknown }[] },
  key: PropertyKey,
) {
  return map.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(key));
}
