import assert from "node:assert/strict";
import { join } from "node:path";

import {
  commands,
  type Diagnostic,
  languages,
  Position,
  type Range,
  Selection,
  type TextEditor,
  TextEditorRevealType,
  Uri,
  window,
  workspace,
} from "vscode";

import { ui } from "./ui.ts";

/** The status bar item, as the page knows it. */
export const STATUS = { selector: '[id="shipgate.shipgate.status"]' };
/** A row of the lightbulb's menu. */
export const MENU_ROW = ".action-widget .monaco-list-row";

/** The folder that is open. */
export function folderUri(): Uri {
  const [folder] = workspace.workspaceFolders ?? [];
  assert.ok(folder);
  return folder.uri;
}

/** Opens a file of the workspace with the cursor on a range's first line. */
export async function show(path: string, range?: Range): Promise<TextEditor> {
  const editor = await window.showTextDocument(Uri.joinPath(folderUri(), path));
  const line = range?.start.line ?? 0;
  const text = editor.document.lineAt(line).text;
  const position = new Position(line, text.length - text.trimStart().length + 1);
  editor.selection = new Selection(position, position);
  editor.revealRange(editor.document.lineAt(line).range, TextEditorRevealType.InCenter);
  await commands.executeCommand("workbench.action.focusActiveEditorGroup");
  return editor;
}

/** Waits for a finding of a rule in a file; an empty path takes any file. */
export async function finding(path: string, rule: string): Promise<Diagnostic> {
  const search = (): Diagnostic | undefined =>
    languages
      .getDiagnostics()
      .filter(([uri]) => uri.path.endsWith(path))
      .flatMap(([, list]) => list)
      .find(({ code }) => typeof code === "object" && code.value === rule);
  await until(() => search() !== undefined);
  const found = search();
  assert.ok(found);
  return found;
}

/** Waits until something holds; mocha's own timeout is the limit. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** Saves a picture of an element where SHIPGATE_HOST_PICTURES says so. */
export async function picture(selector: string, name: string, margin: number): Promise<void> {
  const folder = process.env["SHIPGATE_HOST_PICTURES"];
  if (folder !== undefined) await ui.screenshot({ selector }, join(folder, `${name}.png`), margin);
}

/** Opens the status item's tooltip and gives its rows; a repaint of the item closes it, so it is tried again. */
export async function tooltipRows(): Promise<readonly string[]> {
  const row = ".monaco-hover table tr";
  for (let tries = 3; ; tries -= 1) {
    await ui.hover(STATUS);
    try {
      await ui.waitFor({ selector: row, hasText: "full trust", timeout: 8_000 });
      return await ui.texts({ selector: row });
    } catch (error) {
      if (tries === 0) throw error;
      await ui.press("Escape");
      await ui.hover({ selector: ".monaco-editor" });
    }
  }
}
