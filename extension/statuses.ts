import { type Disposable, EventEmitter, window, workspace } from "vscode";
import { State } from "vscode-languageclient/node";
import type { LanguageClient } from "vscode-languageclient/node";

import { GetTrustStatuses, type TrustStatus, TrustStatusChanged } from "../server/protocol.ts";
import { pickStatus } from "./status-text.ts";

/** What the server last said about each folder, and which of them is looked at. */
export class Statuses implements Disposable {
  readonly #statuses = new Map<string, TrustStatus>();
  readonly #changed = new EventEmitter<void>();
  readonly #listening: readonly Disposable[];
  #isDown = false;

  constructor(client: LanguageClient) {
    this.#listening = [
      client.onNotification(TrustStatusChanged, (status) => {
        this.#statuses.set(status.folder, status);
        this.#changed.fire();
      }),
      client.onDidChangeState(({ newState }) => {
        if (newState === State.Running) void this.#refresh(client);
        if (newState !== State.Stopped) return;
        this.#isDown = true;
        this.#statuses.clear();
        this.#changed.fire();
      }),
      window.onDidChangeActiveTextEditor(() => this.#changed.fire()),
      workspace.onDidChangeWorkspaceFolders(({ removed }) => {
        for (const { uri } of removed) this.#statuses.delete(uri.toString());
        this.#changed.fire();
      }),
    ];
  }

  /** A status arrived, the active editor is another one, or the server stopped. */
  readonly onDidChange = this.#changed.event;

  /** The status of the folder that is looked at; null while there is none. */
  get current(): TrustStatus | null {
    return pickStatus([...this.#statuses.values()], activeFolder());
  }

  /** Whether the server stopped and was not started again. */
  get isDown(): boolean {
    return this.#isDown;
  }

  dispose(): void {
    for (const listening of this.#listening) listening.dispose();
    this.#changed.dispose();
  }

  async #refresh(client: LanguageClient): Promise<void> {
    this.#isDown = false;
    for (const status of await client.sendRequest(GetTrustStatuses)) {
      this.#statuses.set(status.folder, status);
    }
    this.#changed.fire();
  }
}

function activeFolder(): string | null {
  const uri = window.activeTextEditor?.document.uri;
  const folder = uri === undefined ? undefined : workspace.getWorkspaceFolder(uri);
  return folder?.uri.toString() ?? null;
}
