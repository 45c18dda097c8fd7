import assert from "node:assert/strict";
import { join } from "node:path";

import { commands, type Range, Position, Selection, Uri, window, workspace } from "vscode";

import { ui } from "./ui.ts";

/** Where pictures go; only taken when somebody wants to look at them. */
const pictures = process.env["SHIPGATE_HOST_PICTURES"];

/** The status bar's item. */
export const STATUS = { selector: '[id="shipgate.shipgate.status"]' };

/** A file of the opened folder. */
export function fileUri(path: string): Uri {
  const [folder] = workspace.workspaceFolders ?? [];
  assert.ok(folder);
  return Uri.joinPath(folder.uri, path);
}

/** Opens a file at a place, as a person would have it in front. */
export async function showFile(path: string, range?: Range) {
  const editor = await window.showTextDocument(fileUri(path));
  const line = range?.start.line ?? 0;
  const text = editor.document.lineAt(line).text;
  const position = new Position(line, text.length - text.trimStart().length);
  editor.selection = new Selection(position, position);
  await commands.executeCommand("workbench.action.focusActiveEditorGroup");
  return editor;
}

/** Waits until something holds; mocha's own timeout is the limit. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** Saves a picture of an element, where somebody wants to look at it. */
export async function picture(selector: string, name: string, margin = 0): Promise<void> {
  if (pictures !== undefined)
    await ui.screenshot({ selector }, join(pictures, `${name}.png`), margin);
}

/** Switches the colour theme, and waits until it is painted. */
export async function setTheme(name: string, look: "vs" | "vs-dark" | "hc-black" | "hc-light") {
  await workspace.getConfiguration().update("workbench.colorTheme", name, true);
  await ui.waitFor({ selector: `.monaco-workbench.${look}` });
}
