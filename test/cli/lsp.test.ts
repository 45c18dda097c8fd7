import { spawn } from "node:child_process";
import { join } from "node:path";

import { describe, expect, test } from "vitest";
import {
  createMessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver/node";

import { ENTRIES, shipgate } from "./shipgate.ts";

describe.for(ENTRIES)("lsp --stdio (%s)", (entry) => {
  test("answers initialize and ends with exit", async () => {
    const main = join(import.meta.dirname, "../..", entry);
    const child = spawn(process.execPath, [main, "lsp", "--stdio"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const ended = new Promise<number | null>((done) => child.on("close", done));
    const connection = createMessageConnection(
      new StreamMessageReader(child.stdout),
      new StreamMessageWriter(child.stdin),
    );
    connection.listen();
    const answer: { capabilities: object } = await connection.sendRequest("initialize", {
      processId: process.pid,
      rootUri: null,
      capabilities: {},
    });
    expect(Object.keys(answer.capabilities)).toContain("textDocumentSync");
    await connection.sendRequest("shutdown");
    await connection.sendNotification("exit");
    expect(await ended).toBe(0);
    connection.dispose();
  });

  test("wants --stdio", async () => {
    const { code, stderr } = await shipgate(["lsp"], { entry });
    expect(code).toBe(3);
    expect(stderr).toContain("--stdio is missing");
  });
});
