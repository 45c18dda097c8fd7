import { distance } from "fastest-levenshtein";

import { POPULAR_NAMES } from "./popular-names.ts";

/** Shorter names differ by a letter without meaning anything by it. */
const SHORTEST = 5;
/** From this length on two letters may differ. */
const LONG = 12;

/** What a name is held against: the names that the project has, and those that many projects have. */
export function namesToCompare(ecosystem: string, own: Iterable<string>): ReadonlySet<string> {
  return new Set([...own, ...(POPULAR_NAMES[ecosystem] ?? [])]);
}

/**
 * The name that another one imitates, or null: written alike but for separators, swapped or
 * confusable letters, or one letter more, less or other. A name that is known itself imitates nothing.
 */
export function imitatedName(name: string, known: ReadonlySet<string>): string | null {
  if (known.has(name)) return null;
  const bare = bareOf(name);
  for (const other of known) {
    if (bare === bareOf(other) && !isSibling(name, other)) return other;
  }
  if (bare.length < SHORTEST) return null;
  for (const other of known) {
    if (other.length >= SHORTEST && !isSibling(name, other) && isClose(name, other)) return other;
  }
  return null;
}

/** The name that somebody who wrote a name that does not exist most likely meant; null where none is near. */
export function meantName(name: string, known: ReadonlySet<string>): string | null {
  const imitated = imitatedName(name, known);
  if (imitated !== null) return imitated;
  const most = Math.min(3, Math.floor(name.length / 4));
  let best: { readonly name: string; readonly steps: number } | null = null;
  for (const other of known) {
    if (other === name || Math.abs(other.length - name.length) > most) continue;
    const steps = distance(name, other);
    if (steps <= most && steps < (best?.steps ?? most + 1)) best = { name: other, steps };
  }
  return best?.name ?? null;
}

/** A name without what the eye passes over: separators, scope marks and letters that look alike. */
function bareOf(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[-_.@/:]/gu, "")
    .replaceAll("rn", "m")
    .replaceAll("vv", "w")
    .replaceAll("0", "o")
    .replaceAll(/[1i|]/gu, "l");
}

function isClose(name: string, other: string): boolean {
  if (name[0] !== other[0] && name.length < LONG) return false;
  if (Math.abs(name.length - other.length) > 1 || isCounted(name, other)) return false;
  const steps = distance(name, other);
  if (steps === 1) return !isPlural(name, other);
  return steps === 2 && isSwap(name, other);
}

/** Two letters side by side in the other order. */
function isSwap(name: string, other: string): boolean {
  if (name.length !== other.length) return false;
  let at = 0;
  while (name[at] === other[at]) at += 1;
  return (
    name[at] === other[at + 1] &&
    name[at + 1] === other[at] &&
    name.slice(at + 2) === other.slice(at + 2)
  );
}

/** Names that differ in a number only are versions and sizes of one thing: es6 and es5, redis2. */
function isCounted(name: string, other: string): boolean {
  const stem = (text: string): string => text.replaceAll(/\d+/gu, "");
  return stem(name) === stem(other) && /\d/u.test(name + other);
}

/** A plural is still told when the word is long: "expresss" is one, "expresses" is none. */
function isPlural(name: string, other: string): boolean {
  const [short, long] = name.length < other.length ? [name, other] : [other, name];
  return long === `${short}s` && short.length < LONG && !short.endsWith("s");
}

/** Parts of one family: under the same scope or owner. */
function isSibling(name: string, other: string): boolean {
  const owner = (text: string): string => /^(.+)[/:]/u.exec(text)?.[1] ?? "";
  return owner(name) !== "" && owner(name) === owner(other);
}
