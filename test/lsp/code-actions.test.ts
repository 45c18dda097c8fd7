import { afterEach, describe, expect, test } from "vitest";
import {
  type CodeAction,
  CodeActionRequest,
  CodeActionTriggerKind,
  DidChangeTextDocumentNotification,
} from "vscode-languageserver/node";

import type { Finding } from "../../server/core/finding.ts";
import { SERVER_COMMANDS } from "../../server/protocol.ts";
import { FakeGate } from "../fakes/gate-door.ts";
import { aRunRecord } from "../fakes/run-record.ts";
import { connect, type TestClient } from "./connect.ts";
import { aFinding, aReview } from "./reviews.ts";

const FOLDER = "file:///w/shop";
const MANIFEST = `${FOLDER}/package.json`;
const FIX = {
  title: "Remove left-pad",
  edits: [
    {
      location: { path: "package.json", startLine: 3, endLine: 4, startColumn: 1, endColumn: 1 },
      newText: "",
    },
  ],
};

let client: TestClient | null = null;
afterEach(async () => {
  await client?.close();
  client = null;
});

interface Asked {
  readonly finding?: Finding;
  readonly ran?: boolean;
  readonly trusted?: boolean;
  readonly trigger?: CodeActionTriggerKind;
  readonly only?: string[];
  readonly uri?: string;
  readonly dirty?: boolean;
}

async function actions(asked: Asked): Promise<CodeAction[]> {
  const gate = new FakeGate();
  const finding = asked.finding ?? aFinding({ fixes: [FIX] });
  const run = aRunRecord();
  gate.review = aReview({
    findings: [finding],
    runs: asked.ran === true ? { base: run, head: run } : null,
  });
  const options = { trusted: asked.trusted ?? true };
  client = await connect({
    served: { mode: "in-process", open: gate.open },
    folders: [FOLDER],
    options,
  });
  const { diagnostics, connection } = client;
  await client.until(() => diagnostics.get(MANIFEST)?.length === 1);
  if (asked.dirty === true) {
    await client.open(MANIFEST, "one");
    await connection.sendNotification(DidChangeTextDocumentNotification.type, {
      textDocument: { uri: MANIFEST, version: 2 },
      contentChanges: [{ text: "another" }],
    });
  }
  const uri = asked.uri ?? MANIFEST;
  const result = await connection.sendRequest(CodeActionRequest.type, {
    textDocument: { uri },
    range: { start: { line: 2, character: 0 }, end: { line: 2, character: 0 } },
    context: {
      diagnostics: [...(diagnostics.get(uri) ?? [])],
      triggerKind: asked.trigger ?? CodeActionTriggerKind.Invoked,
      ...(asked.only !== undefined && { only: asked.only }),
    },
  });
  return (result ?? []) as CodeAction[];
}

const titles = (list: readonly CodeAction[]) => list.map(({ title }) => title);

describe("code actions", () => {
  test("mend first, then run, then explain", async () => {
    const list = await actions({});
    expect(titles(list)).toEqual([
      "Remove left-pad",
      "Run in sandbox",
      "Explain this rule: dependency/added",
      "Run this change in sandbox",
    ]);
    expect(list[0]).toMatchObject({
      kind: "quickfix",
      isPreferred: true,
      edit: {
        changes: {
          [MANIFEST]: [
            {
              newText: "",
              range: { start: { line: 2, character: 0 }, end: { line: 3, character: 0 } },
            },
          ],
        },
      },
    });
    expect(list[1]?.command).toMatchObject({
      command: SERVER_COMMANDS.runChange,
      arguments: [{ folder: FOLDER }],
    });
  });

  test("offer the run as the preferred fix of a change that was not run", async () => {
    const list = await actions({
      finding: aFinding({ rule: "sandbox/could-not-run", kind: "unproven" }),
    });
    expect(list.find(({ title }) => title === "Run in sandbox")?.isPreferred).toBe(true);
  });

  test("offer to run again only on what a run found", async () => {
    expect(titles(await actions({ ran: true }))).not.toContain("Run in sandbox again");
    await client?.close();
    const found = aFinding({ rule: "sandbox/new-egress" });
    expect(titles(await actions({ ran: true, finding: found }))).toContain("Run in sandbox again");
  });

  test("do not light the bulb by themselves on lines without a finding", async () => {
    const list = await actions({ trigger: CodeActionTriggerKind.Automatic });
    expect(titles(list)).not.toContain("Run this change in sandbox");
  });

  test("offer to run the change in any of its files, when asked", async () => {
    expect(titles(await actions({ uri: `${FOLDER}/src/export.ts` }))).toEqual([
      "Run this change in sandbox",
    ]);
  });

  test("offer nothing in a file that is not part of the change, or not of the workspace", async () => {
    expect(await actions({ uri: `${FOLDER}/README.md` })).toEqual([]);
    await client?.close();
    expect(await actions({ uri: "file:///etc/passwd" })).toEqual([]);
    await client?.close();
    expect(await actions({ uri: "untitled:one" })).toEqual([]);
  });

  test("run nothing in an untrusted workspace", async () => {
    const list = await actions({ trusted: false });
    expect(titles(list)).toEqual(["Remove left-pad", "Explain this rule: dependency/added"]);
  });

  test("edit nothing in a buffer that is not what was judged", async () => {
    expect(titles(await actions({ dirty: true }))).not.toContain("Remove left-pad");
  });

  test("keep to the kinds that are asked for", async () => {
    expect(titles(await actions({ only: ["shipgate"] }))).toEqual(["Run this change in sandbox"]);
    await client?.close();
    expect(await actions({ only: ["refactor"] })).toEqual([]);
  });

  test("show the invisible characters of a hostile fix's title", async () => {
    const fixes = [{ ...FIX, title: "Remove \u202Edap-tfel" }];
    expect(titles(await actions({ finding: aFinding({ fixes }) }))[0]).toBe(
      String.raw`Remove \u{202e}dap-tfel`,
    );
  });
});
