import type { CodeLens, Position, URI } from "vscode-languageserver/node";

import { indexLines } from "../core/line-index.ts";
import type { RepoPath } from "../core/location.ts";
import type { Review } from "../core/review.ts";
import type { TestOutcome } from "../core/run.ts";
import { runCommand } from "./code-actions.ts";
import { outcomeText } from "./views/test-results.ts";

/** What code lenses are made from. */
export interface CodeLensInput {
  readonly review: Review;
  readonly folder: URI;
  readonly path: RepoPath;
  /** The document as it stands in the editor. */
  readonly text: string;
}

/** Most lenses of one file; larger files are generated. */
const MOST_LENSES = 500;
const TEST_FILE = /(?:^|\/)(?:tests?|__tests__)\/|[._-](?:test|spec)\.[cm]?[jt]sx?$/u;
const SCRIPT_FILE = /\.[cm]?[jt]sx?$/u;
/** A call at the beginning of a line, with its name where that is a plain string. */
const TEST_CALL =
  /^[ \t]*(?:describe|suite|it|test)(?:\.\w+)?\(\s*(?:"([^"\\\n]*)"|'([^'\\\n]*)'|`([^`\\$\n]*)`)/gmu;

/** The way to a run at each test of a test file, and at the manifest's test script. */
export function codeLenses(input: CodeLensInput): CodeLens[] {
  const { path, review } = input;
  if (review.change.files.length === 0) return [];
  if (path.split("/").at(-1) === "package.json") return manifestLenses(input);
  return TEST_FILE.test(path) && SCRIPT_FILE.test(path) ? testLenses(input) : [];
}

function manifestLenses({ text, folder, review }: CodeLensInput): CodeLens[] {
  const scripts = /"scripts"\s*:\s*\{[^}]*?"test"\s*:/u.exec(text);
  if (scripts === null) return [];
  const at = scripts.index + scripts[0].lastIndexOf('"test"');
  return [lens(position(text, at), runTitle(review), folder)];
}

function testLenses({ text, folder, review, path }: CodeLensInput): CodeLens[] {
  const lines = indexLines(text);
  const lenses: CodeLens[] = [];
  for (const call of text.matchAll(TEST_CALL)) {
    const name = call[1] ?? call[2] ?? call[3] ?? "";
    const indentation = /^[ \t]*/u.exec(call[0])?.[0].length ?? 0;
    const at = { line: lines.lineAt(call.index + indentation) - 1, character: indentation };
    const outcome = outcomeOf(name, path, review);
    const title = outcome === null ? runTitle(review) : `${runTitle(review)} — ${outcome}`;
    lenses.push(lens(at, title, folder));
    if (lenses.length === MOST_LENSES) break;
  }
  return lenses;
}

function outcomeOf(name: string, path: RepoPath, { runs }: Review): string | null {
  const find = (tests: readonly TestOutcome[]) => tests.find((test) => isOf(test, name, path));
  const after = runs === null ? undefined : find(runs.head.tests);
  if (runs === null || after === undefined) return null;
  return outcomeText(find(runs.base.tests) ?? null, after);
}

/** A test's name is that of its suites and its own; where the runner tells the file, it counts. */
function isOf({ name, location }: TestOutcome, own: string, path: RepoPath): boolean {
  const isNamed = name === own || name.endsWith(` › ${own}`);
  return isNamed && (location === undefined || location.path === path);
}

function runTitle({ runs }: Review): string {
  return runs === null ? "$(beaker) Run in sandbox" : "$(beaker) Run in sandbox again";
}

function position(text: string, offset: number): Position {
  const lines = indexLines(text);
  return { line: lines.lineAt(offset) - 1, character: lines.columnAt(offset) - 1 };
}

function lens(start: Position, title: string, folder: URI): CodeLens {
  return { range: { start, end: start }, command: runCommand(title, folder) };
}
