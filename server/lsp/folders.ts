import type { Connection, URI, WorkspaceFolder } from "vscode-languageserver/node";

import type { RepoPath } from "../core/location.ts";
import { GateError } from "../engine/errors.ts";
import type { Log } from "../engine/ports.ts";
import { ReviewChanged, type TrustStatus, TrustStatusChanged } from "../protocol.ts";
import { FolderGate } from "./folder-gate.ts";
import type { OpenGateDoor } from "./gate-door.ts";
import type { Publisher } from "./publish.ts";
import { readSettings, type Settings } from "./settings.ts";
import { offStatus } from "./trust-status.ts";
import { normalized, pathOf } from "./uris.ts";

export interface FoldersOptions {
  readonly connection: Connection;
  readonly open: OpenGateDoor;
  readonly log: Log;
  readonly publisher: Publisher;
  readonly delayMs: number;
  readonly trusted: () => boolean;
  /** Whether the client answers `workspace/configuration`. */
  readonly hasConfiguration: () => boolean;
  /** Called when a folder has another review than before. */
  readonly reviewed: () => void;
}

interface Folder {
  readonly uri: URI;
  readonly settings: Settings;
  /** Null where the folder is switched off. */
  readonly gate: FolderGate | null;
}

/** The workspace's folders, a gate each. Changes to the set are made one after the other. */
export class Folders {
  readonly #options: FoldersOptions;
  readonly #folders = new Map<URI, Folder>();
  #last: Promise<void> = Promise.resolve();

  constructor(options: FoldersOptions) {
    this.#options = options;
  }

  /** Adds and removes folders, as `workspace/didChangeWorkspaceFolders` says it. */
  change(event: {
    readonly added: readonly Pick<WorkspaceFolder, "uri">[];
    readonly removed: readonly Pick<WorkspaceFolder, "uri">[];
  }): Promise<void> {
    return this.#inOrder(async () => {
      for (const { uri } of event.removed) await this.#remove(uri);
      for (const { uri } of event.added) await this.#add(uri);
    });
  }

  /** Opens again every folder whose settings are not what they were; `force` does so for all. */
  reload({ force }: { readonly force: boolean }): Promise<void> {
    return this.#inOrder(async () => {
      for (const { uri, settings } of Array.from(this.#folders.values())) {
        const fresh = await this.#settingsOf(uri);
        if (!force && JSON.stringify(fresh) === JSON.stringify(settings)) continue;
        await this.#remove(uri);
        await this.#add(uri, fresh);
      }
    });
  }

  /** Judges again where a file may have changed: the gate of its repository, or all for no file. */
  trigger(uri?: URI): void {
    for (const gate of this.#gates()) {
      const isOurs = uri === undefined || gate.root === null || pathOf(gate.root, uri) !== null;
      if (isOurs) gate.trigger();
    }
  }

  /** Sends the diagnostics of every folder again. */
  republish(): void {
    for (const gate of this.#gates()) gate.republish();
  }

  statuses(): readonly TrustStatus[] {
    return [...this.#folders.values()].map(({ uri, gate }) => gate?.status ?? offStatus(uri));
  }

  /** The gate of a folder; without one, that of the only folder. Throws GateError `bad-usage`. */
  gateOf(folder: URI | undefined): FolderGate {
    const gates = this.#gates();
    const wanted = folder === undefined ? gates : gates.filter((it) => sameUri(it.folder, folder));
    const [gate, another] = wanted;
    if (gate !== undefined && another === undefined) return gate;
    throw gate === undefined
      ? new GateError(
          "bad-usage",
          "There is no such folder in the workspace, or it is switched off.",
          {
            remedy: "Open a folder with a git repository, or set `shipgate.enable` to true.",
          },
        )
      : new GateError("bad-usage", "The workspace has several folders.", {
          remedy: "Say which folder is meant.",
        });
  }

  /** The gate that a document belongs to, with its path there; the innermost where several match. */
  find(uri: URI): { readonly gate: FolderGate; readonly path: RepoPath } | null {
    let best: { readonly gate: FolderGate; readonly path: RepoPath } | null = null;
    for (const gate of this.#gates()) {
      const path = gate.root === null ? null : pathOf(gate.root, uri);
      if (path !== null && (best === null || path.length < best.path.length)) best = { gate, path };
    }
    return best;
  }

  close(): Promise<void> {
    return this.#inOrder(async () => {
      for (const uri of Array.from(this.#folders.keys())) await this.#remove(uri);
    });
  }

  #gates(): readonly FolderGate[] {
    return [...this.#folders.values()].flatMap(({ gate }) => gate ?? []);
  }

  async #add(uri: URI, known?: Settings): Promise<void> {
    if (this.#folders.has(uri)) return;
    const { connection, open, log, publisher, delayMs, trusted } = this.#options;
    const settings = known ?? (await this.#settingsOf(uri));
    const show = (status: TrustStatus) => {
      void connection.sendNotification(TrustStatusChanged, status);
    };
    if (!settings.enable) {
      this.#folders.set(uri, { uri, settings, gate: null });
      show(offStatus(uri));
      return;
    }
    const reviewed = () => {
      void connection.sendNotification(ReviewChanged, { folder: uri });
      this.#options.reviewed();
    };
    const told = { publisher, show, reviewed };
    const options = { folder: uri, settings, trusted, open, log, delayMs, ...told };
    const gate = new FolderGate(options);
    this.#folders.set(uri, { uri, settings, gate });
    gate.trigger();
  }

  async #remove(uri: URI): Promise<void> {
    const folder = this.#folders.get(uri);
    this.#folders.delete(uri);
    await folder?.gate?.close();
  }

  #settingsOf(uri: URI): Promise<Settings> {
    return readSettings(this.#options.connection, uri, {
      supported: this.#options.hasConfiguration(),
      trusted: this.#options.trusted(),
    });
  }

  #inOrder(work: () => Promise<void>): Promise<void> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }
}

function sameUri(a: URI, b: URI): boolean {
  return normalized(a) === normalized(b);
}
