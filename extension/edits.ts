import {
  type Disposable,
  type TextDocumentChangeEvent,
  TextDocumentChangeReason,
  TextEditorSelectionChangeKind,
  window,
  workspace,
} from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";

import { type EditObserved, EditsObserved } from "../server/protocol.ts";

type Counts = { -readonly [kind in keyof Omit<EditObserved, "uri">]: number };

const QUIET_MS = 1000;

/**
 * Tells the server how documents were changed: counts, never content. A keystroke costs a map look-up
 * and an increment; what was counted is sent after a second's quiet, and always before a save.
 */
export function forwardEdits(client: LanguageClient): Disposable[] {
  const counts = new Map<string, Counts>();
  let last: Counts | null = null;
  let timer: NodeJS.Timeout | null = null;

  function count({ document, contentChanges, reason }: TextDocumentChangeEvent): void {
    // An event without changes only says that the document became dirty or clean.
    if (contentChanges.length === 0 || document.uri.scheme !== "file") return;
    const uri = document.uri.toString();
    let entry = counts.get(uri);
    if (entry === undefined) {
      entry = { typed: 0, undone: 0, redone: 0, other: 0 };
      counts.set(uri, entry);
    }
    if (reason === TextDocumentChangeReason.Undo) entry.undone += 1;
    else if (reason === TextDocumentChangeReason.Redo) entry.redone += 1;
    else {
      entry.other += 1;
      last = entry;
    }
    timer ??= setTimeout(flush, QUIET_MS);
  }
  function flush(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    last = null;
    if (counts.size === 0) return;
    const edits = Array.from(counts, ([uri, entry]) => ({ uri, ...entry }));
    counts.clear();
    if (client.isRunning()) void client.sendNotification(EditsObserved, edits);
  }

  return [
    workspace.onDidChangeTextDocument(count),
    window.onDidChangeTextEditorSelection(({ kind }) => {
      // The editor says "keyboard" only after the change that the key made.
      if (last === null || kind !== TextEditorSelectionChangeKind.Keyboard) return;
      last.other -= 1;
      last.typed += 1;
      last = null;
    }),
    workspace.onWillSaveTextDocument(flush),
    { dispose: flush },
  ];
}
