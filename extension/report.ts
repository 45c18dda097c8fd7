import {
  type Disposable,
  l10n,
  Uri,
  ViewColumn,
  type WebviewPanel,
  window,
  workspace,
} from "vscode";

import { GetReport, ReviewChanged, SERVER_COMMANDS } from "../server/protocol.ts";
import type { CommandContext } from "./commands.ts";

/** Commands that the report's links may call; nothing else in it can be executed. */
const LINKED = ["shipgate.openPlace", "shipgate.runChange", SERVER_COMMANDS.explainRule];

/** The report beside the code: a page without script that follows the reviews of its folder. */
export class ReportPanel implements Disposable {
  #panel: WebviewPanel | null = null;
  #listening: Disposable | null = null;
  #shown = "";

  async open(context: CommandContext): Promise<void> {
    await context.ready();
    const folder = context.statuses.current?.folder;
    if (folder === undefined) return sayNothingJudged();
    this.#panel?.dispose();
    const panel = window.createWebviewPanel(
      "shipgate.report",
      l10n.t("Change Report"),
      ViewColumn.Active,
      {
        enableScripts: false,
        enableForms: false,
        enableCommandUris: LINKED,
        localResourceRoots: [],
      },
    );
    panel.iconPath = context.icon;
    this.#panel = panel;
    this.#shown = "";
    this.#listening?.dispose();
    this.#listening = context.client.onNotification(
      ReviewChanged,
      () => void this.#show(context, folder),
    );
    panel.onDidDispose(() => {
      if (this.#panel === panel) this.#panel = null;
    });
    await this.#show(context, folder);
  }

  dispose(): void {
    this.#listening?.dispose();
    this.#panel?.dispose();
  }

  /** The same page again would only lose the reader's place. */
  async #show({ client }: CommandContext, folder: string): Promise<void> {
    if (this.#panel === null) return;
    const page = await client.sendRequest(GetReport, { folder, format: "page" });
    if (page === null || page === this.#shown || this.#panel === null) return;
    this.#shown = page;
    this.#panel.webview.html = page;
  }
}

/** Writes the report to a file: Markdown where its name ends so, else a page of its own. */
export async function exportReport(
  { client, statuses, ready }: CommandContext,
  given: unknown,
): Promise<void> {
  await ready();
  const folder = statuses.current?.folder;
  if (folder === undefined) return sayNothingJudged();
  const target = given instanceof Uri ? given : await askWhere(folder);
  if (target === undefined) return;
  const format = target.path.endsWith(".md") ? "markdown" : "html";
  const text = await client.sendRequest(GetReport, { folder, format });
  if (text === null) return sayNothingJudged();
  await workspace.fs.writeFile(target, Buffer.from(text));
  const open = l10n.t("Open");
  const name = target.path.split("/").at(-1) ?? "";
  void window
    .showInformationMessage(l10n.t("Shipgate wrote the report to {0}.", name), open)
    .then((chosen) => (chosen === open ? window.showTextDocument(target) : undefined));
}

function askWhere(folder: string): Thenable<Uri | undefined> {
  return window.showSaveDialog({
    defaultUri: Uri.joinPath(Uri.parse(folder), "shipgate-report.html"),
    filters: { HTML: ["html"], Markdown: ["md"] },
    title: l10n.t("Export Report"),
  });
}

async function sayNothingJudged(): Promise<void> {
  await window.showInformationMessage(l10n.t("Shipgate has judged nothing here yet."));
}
