import { afterEach, describe, expect, test } from "vitest";
import {
  DidChangeTextDocumentNotification,
  DidSaveTextDocumentNotification,
} from "vscode-languageserver/node";

import { attributionOf } from "../../server/lsp/editor-edits.ts";
import { EditsObserved } from "../../server/protocol.ts";
import { FakeGate } from "../fakes/gate-door.ts";
import { connect, type TestClient } from "./connect.ts";

const FOLDER = "file:///w/shop";
const URI = `${FOLDER}/src/a.ts`;
const NONE = { typed: 0, undone: 0, redone: 0, other: 0 };
const PERSON = { kind: "human", source: "editor", confidence: "likely" };

let client: TestClient | null = null;
afterEach(async () => {
  await client?.close();
  client = null;
});

async function start(gate: FakeGate, uri = URI): Promise<TestClient> {
  client = await connect({ served: { mode: "in-process", open: gate.open }, folders: [FOLDER] });
  await client.status("pass");
  await client.open(uri, "one\n");
  return client;
}

async function change(started: TestClient, text: string, uri = URI): Promise<void> {
  await started.connection.sendNotification(DidChangeTextDocumentNotification.type, {
    textDocument: { uri, version: 2 },
    contentChanges: [{ text }],
  });
}

async function save(started: TestClient, uri = URI): Promise<void> {
  await started.connection.sendNotification(DidSaveTextDocumentNotification.type, {
    textDocument: { uri },
  });
}

describe("attributionOf", () => {
  test("is a person only where everything was typed", () => {
    expect(attributionOf({ ...NONE, typed: 3 })).toEqual(PERSON);
  });

  test.for([
    undefined,
    NONE,
    { ...NONE, other: 1 },
    { ...NONE, typed: 900, other: 1 },
    { ...NONE, typed: 3, redone: 1 },
    { ...NONE, undone: 2 },
  ])("is unknown otherwise: %j", (counts) => {
    expect(attributionOf(counts)).toEqual({ kind: "unknown" });
  });
});

describe("a saved document", () => {
  test("is put into the journal with its texts and its author", async () => {
    const gate = new FakeGate();
    const started = await start(gate);
    await change(started, "one\ntwo\n");
    const edits = [{ uri: URI, ...NONE, typed: 4 }];
    await started.connection.sendNotification(EditsObserved, edits);
    await started.connection.sendNotification(EditsObserved, edits);
    await save(started);
    await started.until(() => gate.recorded.length === 1);
    expect(gate.recorded).toEqual([
      { path: "src/a.ts", before: "one\n", after: "one\ntwo\n", attribution: PERSON },
    ]);
  });

  test("is nobody's when the next save was not watched", async () => {
    const gate = new FakeGate();
    const started = await start(gate);
    await started.connection.sendNotification(EditsObserved, [{ uri: URI, ...NONE, typed: 1 }]);
    await change(started, "two\n");
    await save(started);
    await change(started, "three\n");
    await save(started);
    await started.until(() => gate.recorded.length === 2);
    expect(gate.recorded.map(({ attribution }) => attribution.kind)).toEqual(["human", "unknown"]);
  });

  test("with the same text, or outside every repository, is not", async () => {
    const gate = new FakeGate();
    const started = await start(gate);
    await save(started);
    const elsewhere = "file:///elsewhere/b.ts";
    await started.open(elsewhere, "");
    await change(started, "x", elsewhere);
    await save(started, elsewhere);
    await change(started, "last\n");
    await save(started);
    await started.until(() => gate.recorded.length > 0);
    expect(gate.recorded.map(({ after }) => after)).toEqual(["last\n"]);
  });

  test.for([[null], ["x"], [[{ uri: URI, typed: -1 }]], [[{ uri: URI, typed: "many" }]]] as const)(
    "is nobody's after a report that makes no sense: %j",
    async ([nonsense]) => {
      const gate = new FakeGate();
      const started = await start(gate);
      await started.connection.sendNotification(EditsObserved.method, nonsense);
      await change(started, "two\n");
      await save(started);
      await started.until(() => gate.recorded.length === 1);
      expect(gate.recorded[0]?.attribution).toEqual({ kind: "unknown" });
    },
  );
});
