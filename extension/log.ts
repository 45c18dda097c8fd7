import { type LogOutputChannel, window } from "vscode";

/** The extension's one output channel; the server's log goes to it as well. */
export function openLog(): LogOutputChannel {
  return window.createOutputChannel("Shipgate", { log: true });
}
