import type { Tree } from "@lezer/common";
import { parser as pythonParser } from "@lezer/python";

import type { Parsers } from "../../ecosystems/ecosystem.ts";
import { type ParsedScript, parseScript } from "../../ecosystems/npm/syntax.ts";
import type { RepoPath } from "../location.ts";
import type { CheckInput } from "./check.ts";

/** Longest Python file that is parsed, in UTF-16 units: finding the way back in what is no Python takes its time. */
const LONGEST_PYTHON = 256 * 1024;

/** The parsers of one input: what one check has parsed, the others do not parse again. */
export interface SharedParsers extends Parsers {
  /** A tree for any text, with error nodes where it is no Python; null where it is too large. */
  readonly python: (text: string) => Tree | null;
}

/** Held by the input itself: what was parsed is gone when the input is. */
const shared = new WeakMap<CheckInput, SharedParsers>();

/** The parsers that all checks of an input share. */
export function parsersOf(input: CheckInput): SharedParsers {
  const known = shared.get(input);
  if (known !== undefined) return known;
  const scripts = new Map<RepoPath, Map<string, ParsedScript>>();
  const trees = new Map<string, Tree | null>();
  const parsers: SharedParsers = {
    script: (path, text) => {
      const ofPath = scripts.get(path) ?? new Map<string, ParsedScript>();
      scripts.set(path, ofPath);
      return remember(ofPath, text, () => parseScript(path, text));
    },
    python: (text) =>
      remember(trees, text, () => (text.length > LONGEST_PYTHON ? null : pythonParser.parse(text))),
  };
  shared.set(input, parsers);
  return parsers;
}

function remember<Value>(known: Map<string, Value>, key: string, make: () => Value): Value {
  const there = known.get(key);
  if (there !== undefined) return there;
  const made = make();
  known.set(key, made);
  return made;
}
