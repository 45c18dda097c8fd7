import {
  CancellationError,
  commands,
  type Disposable,
  l10n,
  type LogOutputChannel,
  Range,
  Uri,
  window,
  workspace,
} from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";

import {
  type FolderParams,
  GetTrustStatuses,
  ListRules,
  type Mend,
  SERVER_COMMANDS,
} from "../server/protocol.ts";
import type { RestartQueue } from "./restarts.ts";
import type { Statuses } from "./statuses.ts";

export interface CommandContext {
  readonly client: LanguageClient;
  readonly restarts: RestartQueue;
  readonly log: LogOutputChannel;
  readonly statuses: Statuses;
  readonly icon: Uri;
  /** Settles when the server has answered for the first time. */
  readonly ready: () => Promise<void>;
}

/** What a command does with what it was called with. */
export type Command = (context: CommandContext, ...given: unknown[]) => unknown;

/** Every command of the palette, the menus and the tooltip. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  "shipgate.runChange": runChange,
  "shipgate.showTrustScore": showTrustScore,
  "shipgate.explainRule": explainRule,
  "shipgate.openPolicy": openPolicy,
  "shipgate.openPlace": openPlace,
  "shipgate.restartServer": ({ restarts }) => restarts.request(),
  "shipgate.showOutput": ({ log }) => log.show(),
};

/** Registers a table of commands; what fails is said once, in words, with the output at hand. */
export function registerCommands(
  context: CommandContext,
  table: Readonly<Record<string, Command>>,
): Disposable[] {
  return Object.entries(table).map(([id, command]) =>
    commands.registerCommand(id, async (...given: unknown[]) => {
      try {
        return await command(context, ...given);
      } catch (error) {
        await sayError(context, id, error);
        return undefined;
      }
    }),
  );
}

async function runChange({ client, ready }: CommandContext, given: unknown): Promise<unknown> {
  await ready();
  const folder =
    folderOf(given) ?? (await pickFolder(client, l10n.t("Run which folder’s change?")));
  if (folder === null) return undefined;
  return await commands.executeCommand(SERVER_COMMANDS.runChange, {
    folder,
  } satisfies FolderParams);
}

/** The sum as a list that can be walked with the keyboard; choosing a line goes where it is mended. */
async function showTrustScore(context: CommandContext): Promise<void> {
  await context.ready();
  const statuses = await context.client.sendRequest(GetTrustStatuses);
  const folder = await pickFolder(context.client, l10n.t("Show which folder’s trust score?"));
  const status = statuses.find((it) => it.folder === folder);
  if (status === undefined) return;
  const lines = status.deductions.map(({ points, reason, remedy, mend }) => ({
    label: `−${points}  ${reason}`,
    detail: remedy,
    mend,
  }));
  const run = {
    label: `$(beaker) ${l10n.t("Run in Sandbox")}`,
    detail: l10n.t("Base and head, side by side."),
    mend: RUN,
  };
  const title =
    status.score === null
      ? "Shipgate"
      : l10n.t("Trust score {0} {1}", status.score, status.grade ?? "");
  const placeHolder = status.summary;
  const chosen = await window.showQuickPick([...lines, run], {
    title,
    placeHolder,
    matchOnDetail: true,
  });
  if (chosen?.mend.kind === "run") await runChange(context, { folder: status.folder });
  if (chosen?.mend.kind === "open") await openPlace(context, chosen.mend);
}

const RUN: Mend = { kind: "run" };

async function explainRule({ client, ready }: CommandContext): Promise<unknown> {
  await ready();
  const rules = await client.sendRequest(ListRules);
  const items = rules.map(({ rule, title }) => ({ label: rule, description: title }));
  const chosen = await window.showQuickPick(items, {
    placeHolder: l10n.t("Which rule?"),
    matchOnDescription: true,
  });
  if (chosen === undefined) return undefined;
  return await commands.executeCommand(SERVER_COMMANDS.explainRule, chosen.label);
}

/** Opens the policy file; where there is none, an unsaved one to begin with. */
async function openPolicy({ client, ready }: CommandContext): Promise<void> {
  await ready();
  const folder = await pickFolder(client, l10n.t("Open which folder’s policy?"));
  if (folder === null) return;
  const uri = Uri.joinPath(Uri.parse(folder), POLICY_FILE);
  const exists = await workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
  await window.showTextDocument(exists ? uri : uri.with({ scheme: "untitled" }));
}

const POLICY_FILE = "shipgate.yaml";

async function openPlace(_: CommandContext, given: unknown): Promise<void> {
  if (typeof given !== "object" || given === null || !("uri" in given) || !("line" in given))
    return;
  const uri = Uri.parse(String(given.uri), true);
  // The argument can come from a link: only files of the workspace are opened.
  if (uri.scheme !== "file" || workspace.getWorkspaceFolder(uri) === undefined) return;
  const line = Math.max(0, Number(given.line) - 1);
  await window.showTextDocument(uri, { selection: new Range(line, 0, line, 0) });
}

/** A folder that the caller named: the tooltip's argument, or a resource of a menu. */
function folderOf(given: unknown): string | null {
  if (given instanceof Uri) return workspace.getWorkspaceFolder(given)?.uri.toString() ?? null;
  if (typeof given !== "object" || given === null) return null;
  if ("folder" in given && typeof given.folder === "string") return given.folder;
  // The source-control view hands over its repository.
  return "rootUri" in given && given.rootUri instanceof Uri ? folderOf(given.rootUri) : null;
}

/** The active editor's folder, the only one, or the one that the person picks; null for none. */
async function pickFolder(client: LanguageClient, placeHolder: string): Promise<string | null> {
  const active = window.activeTextEditor?.document.uri;
  if (active !== undefined && folderOf(active) !== null) return folderOf(active);
  const statuses = await client.sendRequest(GetTrustStatuses);
  if (statuses.length <= 1) return statuses[0]?.folder ?? null;
  const items = statuses.map(({ folder, summary }) => ({
    label: workspace.asRelativePath(Uri.parse(folder)),
    description: summary,
    folder,
  }));
  return (await window.showQuickPick(items, { placeHolder }))?.folder ?? null;
}

async function sayError({ log }: CommandContext, id: string, error: unknown): Promise<void> {
  if (error instanceof CancellationError) return;
  const text = error instanceof Error ? error.message : String(error);
  log.error("A command failed.", { command: id, error: text });
  const show = l10n.t("Show Output");
  if ((await window.showErrorMessage(`Shipgate: ${text}`, show)) === show) log.show();
}
