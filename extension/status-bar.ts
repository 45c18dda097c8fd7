import {
  type Disposable,
  l10n,
  MarkdownString,
  StatusBarAlignment,
  ThemeColor,
  window,
} from "vscode";

import { serverDownLook, statusLook, type StatusLook, TOOLTIP_COMMANDS } from "./status-text.ts";
import type { Statuses } from "./statuses.ts";

/** The trust score in the status bar: follows the server's messages and the active editor. */
export function showStatusBar(statuses: Statuses): Disposable[] {
  const item = window.createStatusBarItem("status", StatusBarAlignment.Left, 50);
  item.name = l10n.t("Shipgate trust score");
  item.command = "shipgate.showTrustScore";

  function paint(): void {
    if (statuses.isDown) apply(serverDownLook());
    else if (statuses.current !== null) apply(statusLook(statuses.current));
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

  return [item, statuses.onDidChange(paint)];
}
