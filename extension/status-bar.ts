import {
  type Disposable,
  MarkdownString,
  StatusBarAlignment,
  ThemeColor,
  window,
  workspace,
} from "vscode";
import { State } from "vscode-languageclient/node";
import type { LanguageClient } from "vscode-languageclient/node";

import { GetTrustStatuses, type TrustStatus, TrustStatusChanged } from "../server/protocol.ts";
import {
  pickStatus,
  serverDownLook,
  statusLook,
  type StatusLook,
  TOOLTIP_COMMANDS,
} from "./status-text.ts";

/** The trust score in the status bar: follows the server's messages and the active editor. */
export function showStatusBar(client: LanguageClient): Disposable[] {
  const item = window.createStatusBarItem("status", StatusBarAlignment.Left, 50);
  item.name = "Shipgate trust score";
  item.command = "shipgate.showTrustScore";
  const statuses = new Map<string, TrustStatus>();

  function paint(): void {
    const status = pickStatus([...statuses.values()], activeFolder());
    if (status !== null) apply(statusLook(status));
  }
  function apply({ text, tooltip, background, accessibilityLabel }: StatusLook): void {
    item.text = text;
    item.tooltip = new MarkdownString(tooltip, true);
    item.tooltip.isTrusted = { enabledCommands: TOOLTIP_COMMANDS };
    item.backgroundColor =
      background === null ? undefined : new ThemeColor(`statusBarItem.${background}Background`);
    item.accessibilityInformation = { label: accessibilityLabel, role: "button" };
    item.show();
  }
  async function refresh(): Promise<void> {
    statuses.clear();
    for (const status of await client.sendRequest(GetTrustStatuses)) {
      statuses.set(status.folder, status);
    }
    paint();
  }

  return [
    item,
    client.onNotification(TrustStatusChanged, (status) => {
      statuses.set(status.folder, status);
      paint();
    }),
    client.onDidChangeState(({ newState }) => {
      if (newState === State.Running) void refresh();
      if (newState === State.Stopped) apply(serverDownLook());
    }),
    window.onDidChangeActiveTextEditor(paint),
    workspace.onDidChangeWorkspaceFolders(({ removed }) => {
      for (const { uri } of removed) statuses.delete(uri.toString());
      paint();
    }),
  ];
}

function activeFolder(): string | null {
  const uri = window.activeTextEditor?.document.uri;
  const folder = uri === undefined ? undefined : workspace.getWorkspaceFolder(uri);
  return folder?.uri.toString() ?? null;
}
