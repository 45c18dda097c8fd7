import {
  commands,
  type Disposable,
  l10n,
  type Memento,
  type TreeView,
  Uri,
  window,
  workspace,
} from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";

import {
  type ChangeView,
  type FindingGroups,
  GetChangeView,
  ReviewChanged,
  type ViewNode,
} from "../../server/protocol.ts";
import type { Statuses } from "../statuses.ts";
import { NodeTree } from "./node-tree.ts";

const GROUPS_KEY = "shipgate.findingGroups";

export interface ViewsContext {
  readonly client: LanguageClient;
  readonly statuses: Statuses;
  readonly memory: Memento;
}

/** The Shipgate view container: three trees that follow the folder that is looked at. */
export class Views implements Disposable {
  readonly #context: ViewsContext;
  readonly #trees = { change: new NodeTree(), findings: new NodeTree(), runs: new NodeTree() };
  readonly #views: Readonly<Record<"change" | "findings" | "runs", TreeView<ViewNode>>>;
  readonly #listening: readonly Disposable[];
  #refreshing: Promise<void> | null = null;
  #again = false;

  constructor(context: ViewsContext) {
    this.#context = context;
    const open = (id: "change" | "findings" | "runs") =>
      window.createTreeView(`shipgate.${id}`, {
        treeDataProvider: this.#trees[id],
        showCollapseAll: id !== "runs",
      });
    this.#views = { change: open("change"), findings: open("findings"), runs: open("runs") };
    this.#listening = [
      context.statuses.onDidChange(() => this.refresh()),
      context.client.onNotification(ReviewChanged, () => this.refresh()),
    ];
    this.#setGroups(this.groups);
    this.refresh();
  }

  get groups(): FindingGroups {
    return this.#context.memory.get(GROUPS_KEY) === "rule" ? "rule" : "file";
  }

  /** Puts findings together by file or by rule, from now on in this workspace. */
  async groupBy(groups: FindingGroups): Promise<void> {
    await this.#context.memory.update(GROUPS_KEY, groups);
    this.#setGroups(groups);
    this.refresh();
  }

  /** Asks for what is to be shown; while one answer is awaited, any number of requests is one more. */
  refresh(): void {
    if (this.#refreshing !== null) {
      this.#again = true;
      return;
    }
    this.#refreshing = this.#show().finally(() => {
      this.#refreshing = null;
      if (!this.#again) return;
      this.#again = false;
      this.refresh();
    });
  }

  dispose(): void {
    for (const listening of this.#listening) listening.dispose();
    for (const view of Object.values(this.#views)) view.dispose();
  }

  async #show(): Promise<void> {
    const { client, statuses } = this.#context;
    const status = statuses.current;
    setContext("shipgate.state", statuses.isDown ? "stopped" : (status?.state ?? "none"));
    const view = status === null || !client.isRunning() ? null : await this.#ask(status.folder);
    setContext("shipgate.isJudged", view !== null && view.change.length > 0);
    setContext("shipgate.hasRun", view !== null && view.runs.length > 0);
    this.#trees.change.show(view?.change ?? []);
    this.#trees.findings.show(view?.findings ?? []);
    this.#trees.runs.show(view?.runs ?? []);
    const blocking = view?.blocking ?? 0;
    this.#views.change.badge =
      blocking === 0 ? undefined : { value: blocking, tooltip: badgeText(blocking) };
    this.#views.change.description = folderText(view);
  }

  /** A folder that was closed while its answer was awaited has nothing to show. */
  async #ask(folder: string): Promise<ChangeView | null> {
    const params = { folder, groupBy: this.groups };
    return this.#context.client.sendRequest(GetChangeView, params).catch(() => null);
  }

  #setGroups(groups: FindingGroups): void {
    setContext("shipgate.findingGroups", groups);
  }
}

function badgeText(blocking: number): string {
  return blocking === 1
    ? l10n.t("1 finding stands in the way")
    : l10n.t("{0} findings stand in the way", blocking);
}

/** Which folder is meant, where there are several. */
function folderText(view: ChangeView | null): string {
  if (view === null || (workspace.workspaceFolders?.length ?? 0) < 2) return "";
  return workspace.getWorkspaceFolder(Uri.parse(view.folder))?.name ?? "";
}

function setContext(key: string, value: unknown): void {
  void commands.executeCommand("setContext", key, value);
}
