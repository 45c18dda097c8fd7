import {
  CodeLensRefreshRequest,
  type Connection,
  DidChangeWatchedFilesNotification,
  type InitializeParams,
  type InitializeResult,
  type URI,
} from "vscode-languageserver/node";
import { z } from "zod";

import { RULES } from "../core/rules.ts";
import { GateError } from "../engine/errors.ts";
import {
  EditsObserved,
  GetReview,
  GetTrustStatuses,
  type InitializationOptions,
  ListRules,
  TrustGranted,
} from "../protocol.ts";
import { CAPABILITIES } from "./capabilities.ts";
import { codeActions } from "./code-actions.ts";
import { executeCommand } from "./commands.ts";
import { consoleLog } from "./console-log.ts";
import { OpenDocuments } from "./documents.ts";
import { EditorEdits } from "./editor-edits.ts";
import { Folders } from "./folders.ts";
import type { OpenGateDoor } from "./gate-door.ts";
import { answer, attempt } from "./handle.ts";
import { hoverOf, lineAuthor } from "./hover.ts";
import { packageText } from "./package-hover.ts";
import { showProgress } from "./progress.ts";
import { Publisher } from "./publish.ts";
import { uriOf } from "./uris.ts";
import { listenToViews } from "./views/requests.ts";

export interface ServerOptions {
  readonly open: OpenGateDoor;
  /** Quiet time in milliseconds before a review starts. */
  readonly delayMs?: number;
}

const DEFAULT_DELAY_MS = 120;
const Initialization = z.object({
  trusted: z.boolean().catch(false),
  showsRulePages: z.boolean().catch(false),
}) satisfies z.ZodType<InitializationOptions>;

const NOTHING_SAID = { trusted: false, showsRulePages: false };

/** What the client said about itself, and what the person said about the workspace. */
interface Client {
  trusted: boolean;
  configuration: boolean;
  refreshesLenses: boolean;
  workspaceFolders: boolean;
  watchedFiles: boolean;
  progress: boolean;
  opensRulePages: boolean;
  folders: readonly { readonly uri: URI }[];
}

/** Serves one client on a connection until it exits. Every handler goes through one wrapper. */
export function startServer(connection: Connection, options: ServerOptions): void {
  const log = consoleLog(connection.console);
  const client: Client = {
    trusted: false,
    configuration: false,
    refreshesLenses: false,
    workspaceFolders: false,
    watchedFiles: false,
    progress: false,
    opensRulePages: false,
    folders: [],
  };
  const documents = new OpenDocuments();
  const publisher = new Publisher((uri, diagnostics) => {
    const adjusted = [...documents.adjust(uri, diagnostics)];
    void connection.sendDiagnostics({ uri, diagnostics: adjusted });
  });
  const folders = new Folders({
    connection,
    open: options.open,
    log,
    publisher,
    delayMs: options.delayMs ?? DEFAULT_DELAY_MS,
    trusted: () => client.trusted,
    hasConfiguration: () => client.configuration,
    reviewed: () => {
      if (client.refreshesLenses) void connection.sendRequest(CodeLensRefreshRequest.type);
    },
  });

  connection.onInitialize((params) => initialize(params, client));
  connection.onInitialized(() => {
    attempt(log, "start", async () => {
      log.info("Started.", { node: process.version, trusted: client.trusted });
      await registerWatcher(connection, client);
      if (client.workspaceFolders) {
        connection.workspace.onDidChangeWorkspaceFolders((event) =>
          attempt(log, "change folders", () => folders.change(event)),
        );
      }
      await folders.change({ added: client.folders, removed: [] });
    });
  });
  connection.onShutdown(() => folders.close());
  listenToDocuments(connection, { documents, folders, log });
  listenToChanges(connection, { client, folders, documents, log });
  listenToRequests(connection, { client, folders, documents, log });
  listenToViews(connection, { folders, documents, log, canRun: () => client.trusted });
  connection.listen();
}

function initialize(params: InitializeParams, client: Client): InitializeResult {
  const { workspace, window } = params.capabilities;
  const given: unknown = params.initializationOptions;
  const { trusted, showsRulePages } = Initialization.catch(NOTHING_SAID).parse(given ?? {});
  client.trusted = trusted;
  client.opensRulePages = !showsRulePages && window?.showDocument?.support === true;
  client.configuration = workspace?.configuration === true;
  client.refreshesLenses = workspace?.codeLens?.refreshSupport === true;
  client.workspaceFolders = workspace?.workspaceFolders === true;
  client.watchedFiles = workspace?.didChangeWatchedFiles?.dynamicRegistration === true;
  client.progress = window?.workDoneProgress === true;
  // oxlint-disable-next-line typescript/no-deprecated -- clients without workspace folders still send it
  const root = params.rootUri;
  client.folders = params.workspaceFolders ?? (root === null ? [] : [{ uri: root }]);
  return { capabilities: CAPABILITIES, serverInfo: { name: "shipgate" } };
}

async function registerWatcher(connection: Connection, client: Client): Promise<void> {
  if (!client.watchedFiles) return;
  await connection.client.register(DidChangeWatchedFilesNotification.type, {
    watchers: [{ globPattern: "**/*" }],
  });
}

interface Listening {
  readonly client: Client;
  readonly folders: Folders;
  readonly documents: OpenDocuments;
  readonly log: ReturnType<typeof consoleLog>;
}

function listenToDocuments(
  connection: Connection,
  { documents, folders, log }: Omit<Listening, "client">,
): void {
  const edits = new EditorEdits();
  connection.onNotification(EditsObserved, (observed) => edits.observe(observed));
  documents.listen(connection, {
    onChange: (uri) => folders.trigger(uri),
    onClose: (uri) => edits.forget(uri),
    onSave(uri, before, after) {
      const attribution = edits.take(uri);
      const found = folders.find(uri);
      if (found === null) return;
      const { gate, path } = found;
      attempt(log, "record an edit", () => gate.recordEdit({ path, before, after, attribution }));
    },
  });
}

function listenToChanges(
  connection: Connection,
  { client, folders, documents, log }: Listening,
): void {
  connection.onDidChangeConfiguration(() =>
    attempt(log, "read settings", () => folders.reload({ force: false })),
  );
  connection.onDidChangeWatchedFiles(({ changes }) => {
    const changed = changes.filter(({ uri }) => !/\/(?:node_modules|\.git)\//.test(uri));
    for (const { uri } of changed) {
      folders.trigger(uri);
      attempt(log, "read a document again", async () => {
        if (await documents.refresh(uri)) folders.republish();
      });
    }
  });
  connection.onNotification(TrustGranted, () => {
    if (client.trusted) return;
    client.trusted = true;
    log.info("The workspace is trusted now.");
    attempt(log, "reload", () => folders.reload({ force: true }));
  });
}

function listenToRequests(
  connection: Connection,
  { client, folders, documents, log }: Listening & { readonly documents: OpenDocuments },
): void {
  connection.onCodeAction((params, token) =>
    answer(log, "textDocument/codeAction", token, () => {
      const found = folders.find(params.textDocument.uri);
      const review = found?.gate.review ?? null;
      if (found === null || review === null) return [];
      const { gate, path } = found;
      const root = gate.root ?? "";
      return codeActions(params, {
        review,
        folder: gate.folder,
        path,
        uriOf: (it) => uriOf(root, it),
        canRun: client.trusted,
        isCurrent: documents.lineMap(params.textDocument.uri) === null,
      });
    }),
  );
  connection.onHover(({ textDocument, position }, token) =>
    answer(log, "textDocument/hover", token, () => {
      const found = folders.find(textDocument.uri);
      const map = documents.lineMap(textDocument.uri);
      const review = found?.gate.review ?? null;
      if (found === null || review === null) return null;
      const line = map === null ? position.line : map.toOld(position.line);
      const text = documents.textOf(textDocument.uri);
      return hoverOf(
        line === null ? null : lineAuthor(review, found.path, line + 1),
        text === null ? null : packageText(review.facts, found.path, text, position.line + 1),
      );
    }),
  );
  const openUrl = async (uri: string) => {
    await connection.window.showDocument({ uri, external: true });
  };
  connection.onExecuteCommand((params, token, given) =>
    answer(log, params.command, token, (signal) =>
      executeCommand(params, {
        folders,
        signal,
        showProgress: (title) =>
          showProgress(connection, title, {
            given: params.workDoneToken === undefined ? undefined : given,
            canCreate: client.progress,
          }),
        openUrl: client.opensRulePages ? openUrl : null,
      }),
    ),
  );
  connection.onRequest(GetTrustStatuses, () => folders.statuses());
  connection.onRequest(ListRules, () =>
    Object.entries(RULES).map(([rule, { title }]) => ({ rule, title })),
  );
  connection.onRequest(GetReview, (params, token) =>
    answer(log, GetReview.method, token, () => folders.gateOf(folderOf(params)).review),
  );
}

function folderOf(params: unknown): URI {
  const parsed = z.object({ folder: z.string().max(8192) }).safeParse(params);
  if (parsed.success) return parsed.data.folder;
  throw new GateError("bad-usage", "The request names no folder.", {
    remedy: "Send the URI of a workspace folder.",
  });
}
