import {
  CodeActionKind,
  type ServerCapabilities,
  TextDocumentSyncKind,
} from "vscode-languageserver/node";

import { SERVER_COMMANDS } from "../protocol.ts";

/** The kind of "Run this change in sandbox": offered when asked for, never as a lightbulb by itself. */
export const RUN_ACTION_KIND = "shipgate.run";

/** Everything that the server can do, a line each. */
export const CAPABILITIES = {
  // Texts of open documents: positions are mapped on to what is not saved yet.
  textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
  // Fixes of findings, runs, explanations.
  codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, RUN_ACTION_KIND] },
  // Who wrote a line, and what is known about its findings.
  hoverProvider: true,
  // The way to a run at every test, with how it ended last.
  codeLensProvider: { resolveProvider: false },
  // Runs and rule pages.
  executeCommandProvider: { commands: Object.values(SERVER_COMMANDS), workDoneProgress: true },
  // One gate per workspace folder.
  workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
} satisfies ServerCapabilities;
