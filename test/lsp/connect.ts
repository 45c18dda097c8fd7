import { type ChildProcess, spawn } from "node:child_process";
import { PassThrough, type Readable, type Writable } from "node:stream";

import {
  type ClientCapabilities,
  createConnection,
  createProtocolConnection,
  type Diagnostic,
  DidChangeTextDocumentNotification,
  DidOpenTextDocumentNotification,
  ExitNotification,
  InitializedNotification,
  InitializeRequest,
  LogMessageNotification,
  type ProtocolConnection,
  PublishDiagnosticsNotification,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
  type URI,
} from "vscode-languageserver/node";

import type { OpenGateDoor } from "../../server/lsp/gate-door.ts";
import { startServer } from "../../server/lsp/server.ts";
import {
  type InitializationOptions,
  type TrustStatus,
  TrustStatusChanged,
} from "../../server/protocol.ts";

/** Which server to test: the real one in this process behind a fake gate, or a built entry as a process. */
export type Served =
  | { readonly mode: "in-process"; readonly open: OpenGateDoor }
  | {
      readonly mode: "spawn";
      readonly command: readonly [string, ...string[]];
      readonly env?: NodeJS.ProcessEnv;
      /** Gets the process, for tests that kill it. */
      readonly started?: (server: ChildProcess) => void;
    };

export interface ConnectOptions {
  readonly served: Served;
  readonly folders: readonly URI[];
  readonly options?: InitializationOptions;
  readonly capabilities?: ClientCapabilities;
  /** Called before the server is initialized: the place for the client's own handlers. */
  readonly prepare?: (client: ProtocolConnection) => void;
}

/** A client with everything that the server told it so far. */
export class TestClient {
  readonly connection: ProtocolConnection;
  readonly diagnostics = new Map<URI, readonly Diagnostic[]>();
  readonly published: { readonly uri: URI; readonly count: number }[] = [];
  readonly statuses: TrustStatus[] = [];
  readonly logs: string[] = [];
  readonly #ends: () => Promise<void>;
  readonly #waiting = new Set<() => void>();

  constructor(connection: ProtocolConnection, ends: () => Promise<void>) {
    this.connection = connection;
    this.#ends = ends;
    connection.onNotification(PublishDiagnosticsNotification.type, ({ uri, diagnostics }) => {
      this.diagnostics.set(uri, diagnostics);
      this.published.push({ uri, count: diagnostics.length });
      this.#wake();
    });
    connection.onNotification(TrustStatusChanged, (status) => {
      this.statuses.push(status);
      this.#wake();
    });
    connection.onNotification(LogMessageNotification.type, ({ message }) => {
      this.logs.push(message);
      this.#wake();
    });
  }

  /** Waits until something holds, looked at whenever a message arrives. The test's own timeout is the limit. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#waiting.delete(wake);
          clearTimeout(timer);
          resolve();
        };
        // Some conditions are about the fake gate, which sends no messages.
        const timer = setTimeout(wake, 10);
        this.#waiting.add(wake);
      });
    }
  }

  /** Waits for a folder's status to be of one of the states, and gives it. */
  async status(...states: TrustStatus["state"][]): Promise<TrustStatus> {
    let found: TrustStatus | undefined;
    await this.until(() => {
      const last = this.statuses.at(-1);
      if (last !== undefined && states.includes(last.state)) found = last;
      return found !== undefined;
    });
    if (found === undefined) throw new Error("unreachable");
    return found;
  }

  async open(uri: URI, text: string): Promise<void> {
    await this.connection.sendNotification(DidOpenTextDocumentNotification.type, {
      textDocument: { uri, languageId: "plaintext", version: 1, text },
    });
  }

  /** Replaces an open document's text, without saving it. */
  async type(uri: URI, text: string): Promise<void> {
    await this.connection.sendNotification(DidChangeTextDocumentNotification.type, {
      textDocument: { uri, version: 2 },
      contentChanges: [{ text }],
    });
  }

  async close(): Promise<void> {
    await this.connection.sendRequest(ShutdownRequest.type);
    await this.#ends();
    this.connection.end();
    this.connection.dispose();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }
}

export const FULL_CAPABILITIES: ClientCapabilities = {
  workspace: { workspaceFolders: true },
  window: { workDoneProgress: true, showDocument: { support: true } },
};

/** Joins a client and a server, and initializes them as an editor would. */
export async function connect(options: ConnectOptions): Promise<TestClient> {
  const { input, output, ends } = serve(options.served);
  const connection = createProtocolConnection(
    new StreamMessageReader(input),
    new StreamMessageWriter(output),
  );
  const client = new TestClient(connection, () => ends(connection));
  options.prepare?.(connection);
  connection.listen();
  await connection.sendRequest(InitializeRequest.type, {
    processId: process.pid,
    rootUri: options.folders[0] ?? null,
    workspaceFolders: options.folders.map((uri) => ({ uri, name: uri })),
    capabilities: options.capabilities ?? FULL_CAPABILITIES,
    initializationOptions: options.options === undefined ? { trusted: true } : options.options,
  });
  await connection.sendNotification(InitializedNotification.type, {});
  return client;
}

function serve(served: Served): {
  readonly input: Readable;
  readonly output: Writable;
  readonly ends: (client: ProtocolConnection) => Promise<void>;
} {
  if (served.mode === "spawn") {
    const [command, ...given] = served.command;
    const env = { ...process.env, ...served.env };
    const child: ChildProcess = spawn(command, given, { env, stdio: ["pipe", "pipe", "inherit"] });
    served.started?.(child);
    if (child.stdout === null || child.stdin === null) throw new Error("The server has no pipes.");
    const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    const ends = async (client: ProtocolConnection) => {
      await client.sendNotification(ExitNotification.type);
      await exited;
    };
    return { input: child.stdout, output: child.stdin, ends };
  }
  const toServer = new PassThrough();
  const toClient = new PassThrough();
  const reader = new StreamMessageReader(toServer);
  const connection = createConnection(reader, new StreamMessageWriter(toClient));
  startServer(connection, { open: served.open, delayMs: 5 });
  // No exit message: it would end the process, which here is the test's.
  const ends = () => Promise.resolve(connection.dispose());
  return { input: toClient, output: toServer, ends };
}
