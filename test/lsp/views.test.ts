import { afterEach, describe, expect, test } from "vitest";
import { LSPErrorCodes } from "vscode-languageserver/node";

import { GateError } from "../../server/engine/errors.ts";
import { GetChangeView, GetFix, ReviewChanged } from "../../server/protocol.ts";
import { FakeGate } from "../fakes/gate-door.ts";
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

async function start(gate: FakeGate): Promise<TestClient> {
  changed = 0;
  client = await connect({
    served: { mode: "in-process", open: gate.open },
    folders: [FOLDER],
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
