import { type ExtensionContext, Uri } from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";

import { createClient } from "./client.ts";
import { CommandResults } from "./command-results.ts";
import { COMMANDS, registerCommands } from "./commands.ts";
import { forwardEdits } from "./edits.ts";
import { showLineMarks } from "./line-marks.ts";
import { openLog } from "./log.ts";
import { offerTools } from "./mcp.ts";
import { exportReport, ReportPanel } from "./report.ts";
import { RestartQueue } from "./restarts.ts";
import { REVIEW_COMMANDS, showBaseTexts } from "./review-flow.ts";
import { showStatusBar } from "./status-bar.ts";
import { Statuses } from "./statuses.ts";
import { TestingView } from "./testing.ts";
import { forwardTrust } from "./trust.ts";
import { TypingQueue } from "./typing.ts";
import { viewCommands } from "./views/view-commands.ts";
import { Views } from "./views/views.ts";

let running: LanguageClient | null = null;

/** Wires the extension and returns at once: the server starts beside the editor, not before it. */
export function activate(context: ExtensionContext): void {
  const log = openLog();
  const results = new CommandResults();
  const typing = new TypingQueue((error) => log.warn("Could not send a change.", String(error)));
  const client = createClient(context, log, {
    ...typing.middleware,
    executeCommand: results.executeCommand,
  });
  const restarts = new RestartQueue(() => client.restart());
  running = client;
  const statuses = new Statuses(client);
  const views = new Views({ client, statuses, memory: context.workspaceState });
  const icon = Uri.joinPath(context.extensionUri, "media", "icon.png");
  const panel = new ReportPanel();
  const shared = { client, restarts, log, statuses, icon, ready: () => client.start() };
  context.subscriptions.push(
    log,
    typing,
    results.register(),
    ...forwardEdits(client),
    statuses,
    views,
    ...showStatusBar(statuses),
    forwardTrust(client),
    offerTools(context),
    panel,
    showBaseTexts(client),
    showLineMarks(client, context.workspaceState),
    new TestingView(client, statuses),
    ...registerCommands(shared, {
      ...COMMANDS,
      ...REVIEW_COMMANDS,
      ...viewCommands(views),
      "shipgate.showReport": (it) => panel.open(it),
      "shipgate.exportReport": exportReport,
    }),
  );
  client.start().catch((error: unknown) => log.error("The server did not start.", String(error)));
}

/** Stops the server, which ends what it runs. */
export async function deactivate(): Promise<void> {
  await running?.stop();
  running = null;
}
