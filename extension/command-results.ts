import { commands, type Disposable, l10n, Uri, window, workspace } from "vscode";
import type { ExecuteCommandMiddleware } from "vscode-languageclient/node";

import { type RulePage, type RunResult, SERVER_COMMANDS } from "../server/protocol.ts";

const SCHEME = "shipgate-rule";

/** Shows what the server's commands answer, whoever called them: the palette or a code action. */
export class CommandResults {
  readonly #pages = new Map<string, string>();

  /** Rules' pages are Markdown previews, so that they can be read without a network. */
  register(): Disposable {
    return workspace.registerTextDocumentContentProvider(SCHEME, {
      provideTextDocumentContent: (uri) => this.#pages.get(uri.path) ?? "",
    });
  }

  /** The language client's middleware for commands. */
  readonly executeCommand: NonNullable<ExecuteCommandMiddleware["executeCommand"]> = async (
    command,
    given,
    next,
  ) => {
    const result: unknown = await next(command, given);
    if (command === SERVER_COMMANDS.explainRule) await this.#showPage(result as RulePage);
    if (command === SERVER_COMMANDS.runChange) void showResult(result as RunResult);
    return result;
  };

  async #showPage({ rule, url, markdown }: RulePage): Promise<void> {
    const path = `/${rule}.md`;
    this.#pages.set(path, `${markdown}\n[${url}](${url})\n`);
    await commands.executeCommand("markdown.showPreview", Uri.from({ scheme: SCHEME, path }));
  }
}

/** A pass is a quiet line in the status bar; anything else is one message with the way to its reasons. */
async function showResult({ status, score, summary }: RunResult): Promise<void> {
  if (status === "pass") {
    const text = l10n.t("The change passes, {0} of 100", score);
    window.setStatusBarMessage(`$(pass) ${text}`, 8000);
    return;
  }
  const show = l10n.t("Show Problems");
  if ((await window.showWarningMessage(`Shipgate: ${summary}`, show)) === show) {
    await commands.executeCommand("workbench.actions.view.problems");
  }
}
