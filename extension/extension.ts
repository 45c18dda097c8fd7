import type { ExtensionContext } from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";

import { createClient } from "./client.ts";
import { CommandResults } from "./command-results.ts";
import { registerCommands } from "./commands.ts";
import { forwardEdits } from "./edits.ts";
import { openLog } from "./log.ts";
import { RestartQueue } from "./restarts.ts";
import { showStatusBar } from "./status-bar.ts";
import { forwardTrust } from "./trust.ts";
import { TypingQueue } from "./typing.ts";

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
  context.subscriptions.push(
    log,
    typing,
    results.register(),
    ...forwardEdits(client),
    ...showStatusBar(client),
    forwardTrust(client),
    ...registerCommands({ client, restarts, log, ready: () => client.start() }),
  );
  client.start().catch((error: unknown) => log.error("The server did not start.", String(error)));
}

/** Stops the server, which ends what it runs. */
export async function deactivate(): Promise<void> {
  await running?.stop();
  running = null;
}
