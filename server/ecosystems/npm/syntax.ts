import { parse, type ParserOptions } from "@babel/parser";

import type { RepoPath } from "../../core/location.ts";
import { printable } from "../../core/printable.ts";
import type { Mistake } from "../ecosystem.ts";

/** Longest source file that is parsed, in UTF-16 units. */
const LONGEST_TEXT = 1024 * 1024;
/** How often the parser may look at a unit of the text: once for all, and for each unit that it has. */
const LOOKS = 100_000;
const LOOKS_PER_UNIT = 40;

/** A node of the parser's tree; what it holds is looked at by name. */
export interface SyntaxNode {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** A comment, as the parser places it: lines from 1, columns from 0. */
export interface ScriptComment {
  readonly value: string;
  readonly start: number;
  readonly end: number;
  readonly loc: { readonly start: { readonly line: number; readonly column: number } };
}

/** A JavaScript or TypeScript file as a tree, or why there is none. */
export type ParsedScript =
  | {
      readonly file: SyntaxNode;
      readonly comments: readonly ScriptComment[];
      readonly mistake?: never;
    }
  | { readonly file: null; readonly mistake: Mistake };

/** Parses a JavaScript or TypeScript file in bounded time. A file that does not parse is a mistake. */
export function parseScript(path: RepoPath, text: string): ParsedScript {
  if (text.length > LONGEST_TEXT) return refuse("The file is too large to be parsed.", 1);
  try {
    const file = parse(boundedText(text), optionsFor(path)) as unknown as SyntaxNode;
    return { file, comments: (file["comments"] ?? []) as readonly ScriptComment[] };
  } catch (error) {
    if (error instanceof RangeError)
      return refuse("The file is nested too deeply to be parsed.", 1);
    if (!(error instanceof SyntaxError)) throw error;
    const { loc } = error as SyntaxError & { loc?: { line: number } };
    const reason = error.message.replace(/\.? ?\(\d+:\d+\)$/u, "");
    return refuse(`This does not parse: ${printable(reason)}.`, loc?.line ?? 1);
  }
}

/** Whether a field of a node is a node. */
export function isNode(value: unknown): value is SyntaxNode {
  return (
    typeof value === "object" && value !== null && "type" in value && typeof value.type === "string"
  );
}

/**
 * A text that can be looked at only so often. The parser tries some beginnings twice, `<T>(a=` for
 * one, so that a nest of them takes exponential time; a real file is looked at a few times over.
 */
function boundedText(text: string): string {
  let left = LOOKS + text.length * LOOKS_PER_UNIT;
  const bounded = new String(text);
  Object.defineProperty(bounded, "charCodeAt", {
    value: (at: number) => {
      if (left-- <= 0) throw new RangeError("The parser goes round in circles.");
      return text.charCodeAt(at);
    },
  });
  return bounded as unknown as string;
}

function refuse(message: string, line: number): ParsedScript {
  return { file: null, mistake: { message, line } };
}

/** A file of plain JavaScript may hold JSX or Flow; `.ts` may not hold JSX, whose `<` means a cast there. */
function optionsFor(path: RepoPath): ParserOptions {
  const isTypeScript = /\.[cm]?tsx?$/u.test(path);
  const hasJsx = !/\.[cm]?ts$/u.test(path);
  return {
    sourceType: "unambiguous",
    // Going on after mistakes would collect them without bound: `a:a:a:…` is one for each pair.
    errorRecovery: false,
    attachComment: false,
    allowReturnOutsideFunction: true,
    allowAwaitOutsideFunction: true,
    allowUndeclaredExports: true,
    allowSuperOutsideMethod: true,
    allowNewTargetOutsideFunction: true,
    plugins: [
      isTypeScript ? "typescript" : "flow",
      ...(hasJsx ? (["jsx"] as const) : []),
      "decorators",
      "decoratorAutoAccessors",
    ],
  };
}
