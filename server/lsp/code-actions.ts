import {
  type CodeAction,
  CodeActionKind,
  type CodeActionParams,
  CodeActionTriggerKind,
  type Command,
  type Diagnostic,
  type TextEdit,
  type URI,
  type WorkspaceEdit,
} from "vscode-languageserver/node";

import type { Finding, Fix } from "../core/finding.ts";
import type { RepoPath } from "../core/location.ts";
import { printable } from "../core/printable.ts";
import type { Review } from "../core/review.ts";
import { SERVER_COMMANDS } from "../protocol.ts";
import { RUN_ACTION_KIND } from "./capabilities.ts";
import { fingerprintOf, rangeOf, type UriOf } from "./diagnostics.ts";

/** What code actions are made from. */
export interface CodeActionInput {
  readonly review: Review;
  readonly folder: URI;
  /** The document's path in the repository. */
  readonly path: RepoPath;
  readonly uriOf: UriOf;
  /** Whether anything may be run here. */
  readonly canRun: boolean;
  /** Whether the buffer is what was judged; texts are only edited where it is. */
  readonly isCurrent: boolean;
}

/** Fixes of the findings at the cursor first, then runs, then explanations. */
export function codeActions(params: CodeActionParams, input: CodeActionInput): CodeAction[] {
  const { diagnostics, only, triggerKind } = params.context;
  const ours = diagnostics.flatMap((diagnostic) => {
    const fingerprint = fingerprintOf(diagnostic);
    const finding = input.review.findings.find((it) => it.fingerprint === fingerprint);
    return finding === undefined ? [] : [{ diagnostic, finding }];
  });
  const actions = [
    ...ours.flatMap(({ diagnostic, finding }) => fixActions(finding, diagnostic, input)),
    ...runFix(ours, input),
    ...ours.flatMap(({ diagnostic, finding }) => explainActions(finding, diagnostic)),
    ...(triggerKind === CodeActionTriggerKind.Automatic ? [] : runChange(input)),
  ];
  const unique = new Map(actions.map((action) => [`${action.kind} ${action.title}`, action]));
  return [...unique.values()].filter((action) => isWanted(action, only));
}

interface Ours {
  readonly diagnostic: Diagnostic;
  readonly finding: Finding;
}

function fixActions(
  finding: Finding,
  diagnostic: Diagnostic,
  input: CodeActionInput,
): CodeAction[] {
  if (!input.isCurrent) return [];
  return finding.fixes.map((fix, index) => ({
    title: printable(fix.title),
    kind: CodeActionKind.QuickFix,
    diagnostics: [diagnostic],
    isPreferred: index === 0,
    edit: workspaceEdit(fix, input.uriOf),
  }));
}

/** A fix as the edit that the editor makes. */
export function workspaceEdit(fix: Fix, uriOf: UriOf): WorkspaceEdit {
  const changes: Record<URI, TextEdit[]> = {};
  for (const { location, newText } of fix.edits) {
    (changes[uriOf(location.path)] ??= []).push({ range: rangeOf(location), newText });
  }
  return { changes };
}

/** Offered on every finding while the change was not run, and on what a run found, to run again. */
function runFix(ours: readonly Ours[], input: CodeActionInput): CodeAction[] {
  const wanting = ours.filter(
    ({ finding }) => input.review.runs === null || finding.rule.startsWith("sandbox/"),
  );
  if (!input.canRun || wanting.length === 0) return [];
  const title = input.review.runs === null ? "Run in sandbox" : "Run in sandbox again";
  return [
    {
      title,
      kind: CodeActionKind.QuickFix,
      diagnostics: wanting.map(({ diagnostic }) => diagnostic),
      isPreferred: ours.some(({ finding }) => finding.rule === "sandbox/could-not-run"),
      command: runCommand(title, input.folder),
    },
  ];
}

function runChange(input: CodeActionInput): CodeAction[] {
  const isChanged = input.review.change.files.some(({ path }) => path === input.path);
  if (!input.canRun || !isChanged) return [];
  const title = "Run this change in sandbox";
  return [{ title, kind: RUN_ACTION_KIND, command: runCommand(title, input.folder) }];
}

function explainActions({ rule }: Finding, diagnostic: Diagnostic): CodeAction[] {
  const title = `Explain this rule: ${rule}`;
  return [
    {
      title,
      kind: CodeActionKind.QuickFix,
      diagnostics: [diagnostic],
      command: { title, command: SERVER_COMMANDS.explainRule, arguments: [rule] },
    },
  ];
}

/** The command that runs a folder's change. */
export function runCommand(title: string, folder: URI): Command {
  return { title, command: SERVER_COMMANDS.runChange, arguments: [{ folder }] };
}

/** The protocol's rule: a kind covers itself and everything below it. */
function isWanted({ kind = "" }: CodeAction, only: readonly string[] | undefined): boolean {
  if (only === undefined) return true;
  return only.some((wanted) => wanted === "" || kind === wanted || kind.startsWith(`${wanted}.`));
}
