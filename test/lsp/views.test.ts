import { afterEach, describe, expect, test } from "vitest";
import { CodeLensRequest, LSPErrorCodes } from "vscode-languageserver/node";

import { GateError } from "../../server/engine/errors.ts";
import {
  GetChangeView,
  GetFix,
  GetFixPrompt,
  GetLineMarks,
  GetReport,
  GetRevert,
  GetReviewPlaces,
  GetSide,
  GetTestResults,
  ReviewChanged,
} from "../../server/protocol.ts";
import { FakeGate } from "../fakes/gate-door.ts";
import { fakeReview } from "../fakes/review.ts";
import { connect, type TestClient } from "./connect.ts";
import { aFinding, aReview } from "./reviews.ts";

const FOLDER = "file:///w/shop";
const MANIFEST = `${FOLDER}/package.json`;

let client: TestClient | null = null;
let changed = 0;
afterEach(async () => {
  await client?.close();
  client = null;
});

async function start(gate: FakeGate, trusted = true): Promise<TestClient> {
  changed = 0;
  client = await connect({
    served: { mode: "in-process", open: gate.open },
    folders: [FOLDER],
    options: { trusted },
    prepare: (connection) => {
      connection.onNotification(ReviewChanged, () => {
        changed += 1;
      });
    },
  });
  return client;
}

const fix = {
  title: "Remove left-pad",
  edits: [{ location: { path: "package.json", startLine: 3, endLine: 3 }, newText: "" }],
};

describe("shipgate/getChangeView", () => {
  test("answers with the lines of the last review, and says when there is another one", async () => {
    const gate = new FakeGate();
    gate.review = aReview({ findings: [aFinding()] });
    const started = await start(gate);
    await started.until(() => changed === 1);
    const params = { folder: FOLDER, groupBy: "file" } as const;
    const view = await started.connection.sendRequest(GetChangeView, params);
    expect(view?.findings[0]).toMatchObject({ label: "package.json", place: { uri: MANIFEST } });
    gate.review = aReview();
    gate.change();
    await started.until(() => changed === 2);
    expect((await started.connection.sendRequest(GetChangeView, params))?.findings).toEqual([]);
  });

  test("has nothing to show where judging is impossible", async () => {
    const gate = new FakeGate();
    gate.openError = new GateError("not-a-repository", "No.", { remedy: "" });
    const started = await start(gate);
    await started.status("no-repository");
    const params = { folder: FOLDER, groupBy: "rule" } as const;
    expect(await started.connection.sendRequest(GetChangeView, params)).toBeNull();
  });

  test("refuses what names no folder or another grouping", async () => {
    const started = await start(new FakeGate());
    await started.status("pass");
    for (const params of [{}, { folder: FOLDER, groupBy: "moon" }, { folder: "file:///other" }]) {
      const asked = started.connection.sendRequest(GetChangeView.method, params);
      await expect(asked).rejects.toMatchObject({ code: LSPErrorCodes.RequestFailed });
    }
  });
});

describe("shipgate/getFix", () => {
  async function withFix() {
    const gate = new FakeGate();
    const finding = aFinding({ fixes: [fix] });
    gate.review = aReview({ findings: [finding] });
    const started = await start(gate);
    await started.until(() => changed > 0);
    return { started, id: `finding/${finding.fingerprint}` };
  }

  test("gives the edit that mends a finding", async () => {
    const { started, id } = await withFix();
    const edit = await started.connection.sendRequest(GetFix, { folder: FOLDER, id });
    expect(edit?.changes?.[MANIFEST]).toMatchObject([{ newText: "" }]);
  });

  test("gives none for a finding that is not there any more", async () => {
    const { started } = await withFix();
    expect(await started.connection.sendRequest(GetFix, { folder: FOLDER, id: "x" })).toBeNull();
  });

  test("gives none while the file has unsaved text, on which its positions do not fit", async () => {
    const { started, id } = await withFix();
    await started.open(MANIFEST, "{}\n");
    await started.type(MANIFEST, "{ }\n");
    expect(await started.connection.sendRequest(GetFix, { folder: FOLDER, id })).toBeNull();
  });
});

describe("what the review flow asks for", () => {
  const SOURCE = `${FOLDER}/src/export.ts`;
  const BASE = Array.from({ length: 14 }, (_, index) => `line ${index + 1}\n`).join("");
  const TEXT = BASE.replace("line 9\n", "changed\n");

  async function reviewed(trusted = true) {
    const gate = new FakeGate();
    gate.review = fakeReview();
    gate.texts.set("1".repeat(40), BASE);
    gate.past = [{ time: "2026-03-10T10:00:00.000Z", status: "fail", score: 12 }];
    const started = await start(gate, trusted);
    await started.until(() => changed > 0);
    await started.open(SOURCE, TEXT);
    return { connection: started.connection, started };
  }

  test("is what the base has, for files of the change only", async () => {
    const { connection } = await reviewed();
    expect(await connection.sendRequest(GetSide, { uri: SOURCE, side: "base" })).toBe(BASE);
    const other = `${FOLDER}/src/other.ts`;
    expect(await connection.sendRequest(GetSide, { uri: other, side: "base" })).toBeNull();
    const outside = "file:///etc/passwd";
    expect(await connection.sendRequest(GetSide, { uri: outside, side: "base" })).toBeNull();
  });

  test("is the edit that rejects lines, from what the editor holds", async () => {
    const { connection } = await reviewed();
    const edit = await connection.sendRequest(GetRevert, { uri: SOURCE, line: 9 });
    expect(edit?.changes?.[SOURCE]).toMatchObject([{ newText: "line 9\n" }]);
    expect(await connection.sendRequest(GetRevert, { uri: SOURCE, line: 1 })).toBeNull();
    expect(await connection.sendRequest(GetRevert, { uri: MANIFEST, line: 1 })).toBeNull();
  });

  test("is places, marks, tests, a prompt and a report", async () => {
    const { connection } = await reviewed();
    const folder = { folder: FOLDER };
    expect(await connection.sendRequest(GetReviewPlaces, folder)).toHaveLength(3);
    expect(await connection.sendRequest(GetLineMarks, { uri: SOURCE })).toHaveLength(1);
    expect((await connection.sendRequest(GetTestResults, folder))?.tests).toHaveLength(1);
    expect(await connection.sendRequest(GetFixPrompt, folder)).toContain("writes headers");
    const page = await connection.sendRequest(GetReport, { ...folder, format: "page" });
    expect(page).toMatch(/^<!DOCTYPE html>/u);
    const markdown = await connection.sendRequest(GetReport, { ...folder, format: "markdown" });
    expect(markdown).toMatch(/^## Shipgate/u);
  });

  test("is a lens at each test, but not where nothing may be run", async () => {
    const uri = `${FOLDER}/test/export.test.ts`;
    for (const trusted of [true, false]) {
      const { connection, started } = await reviewed(trusted);
      await started.open(uri, `test("writes headers", () => {});\n`);
      const lenses = await connection.sendRequest(CodeLensRequest.type, { textDocument: { uri } });
      expect(lenses).toHaveLength(trusted ? 1 : 0);
      await client?.close();
      client = null;
    }
  });
});
