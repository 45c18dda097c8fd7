import { fork } from "node:child_process";

import {
  createProtocolConnection,
  ExecuteCommandRequest,
  InitializedNotification,
  InitializeRequest,
  IPCMessageReader,
  IPCMessageWriter,
  WorkDoneProgressCreateRequest,
} from "vscode-languageserver/node";

import { SERVER_COMMANDS } from "../../server/protocol.ts";

/**
 * The extension host's part without the editor, `editor.ts SERVER FOLDER`: starts the server over
 * node's ipc as the language client does, says its process id, and has it run the change. It is
 * there to be killed.
 */
const [module = "", folder = ""] = process.argv.slice(2);
const server = fork(module, ["--node-ipc"], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
const connection = createProtocolConnection(
  new IPCMessageReader(server),
  new IPCMessageWriter(server),
);
connection.onRequest(WorkDoneProgressCreateRequest.type, () => undefined);
connection.listen();
await connection.sendRequest(InitializeRequest.type, {
  processId: process.pid,
  rootUri: folder,
  workspaceFolders: [{ uri: folder, name: "folder" }],
  capabilities: { workspace: { workspaceFolders: true }, window: { workDoneProgress: true } },
  initializationOptions: { trusted: true },
});
await connection.sendNotification(InitializedNotification.type, {});
console.log(server.pid);
await connection.sendRequest(ExecuteCommandRequest.type, {
  command: SERVER_COMMANDS.runChange,
  arguments: [],
});
