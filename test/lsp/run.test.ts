import { afterEach, describe, expect, test } from "vitest";
import {
  ExecuteCommandRequest,
  LSPErrorCodes,
  type ProtocolConnection,
  ShowDocumentRequest,
  WorkDoneProgress,
  type WorkDoneProgressBegin,
  WorkDoneProgressCancelNotification,
  WorkDoneProgressCreateRequest,
  type WorkDoneProgressEnd,
  type WorkDoneProgressReport,
} from "vscode-languageserver/node";

import { sha256Digest } from "../../server/core/digest.ts";
import { GateError } from "../../server/engine/errors.ts";
import { SERVER_COMMANDS } from "../../server/protocol.ts";
import { FakeGate } from "../fakes/gate-door.ts";
import { aRunRecord } from "../fakes/run-record.ts";
import { connect, type ConnectOptions, type TestClient } from "./connect.ts";
import { aReview } from "./reviews.ts";

const FOLDER = "file:///w/shop";

let client: TestClient | null = null;
afterEach(async () => {
  await client?.close();
  client = null;
});

type Step = WorkDoneProgressBegin | WorkDoneProgressReport | WorkDoneProgressEnd;

/** An editor's part of work-done progress. */
class ShownProgress {
  readonly steps: Step[] = [];
  token: string | number | null = null;

  readonly prepare = (connection: ProtocolConnection) => {
    connection.onRequest(WorkDoneProgressCreateRequest.type, ({ token }) => {
      this.token = token;
      connection.onProgress(WorkDoneProgress.type, token, (step) => {
        this.steps.push(step);
      });
    });
  };
}

async function start(gate: FakeGate, options: Partial<ConnectOptions> = {}): Promise<TestClient> {
  client = await connect({
    served: { mode: "in-process", open: gate.open },
    folders: [FOLDER],
    ...options,
  });
  await client.until(() => (client?.statuses.length ?? 0) > 0);
  return client;
}

function run(started: TestClient, ...given: unknown[]) {
  return started.connection.sendRequest(ExecuteCommandRequest.type, {
    command: SERVER_COMMANDS.runChange,
    arguments: given,
  });
}

describe("shipgate.server.runChange", () => {
  test("runs, reports progress, and shows what came of it", async () => {
    const gate = new FakeGate();
    const progress = new ShownProgress();
    const started = await start(gate, { prepare: progress.prepare });
    await started.status("pass");
    const record = aRunRecord();
    gate.review = aReview({
      runs: { base: record, head: record },
      score: { value: 91, grade: "A", weights: "1", deductions: [] },
    });
    const result = await run(started, { folder: FOLDER });
    expect(result).toMatchObject({ status: "pass", score: 91 });
    expect(gate.asked).toContain("run");
    expect(progress.steps.map(({ kind }) => kind)).toEqual(["begin", "report", "end"]);
    expect(progress.steps[0]).toMatchObject({ cancellable: true });
    expect(progress.steps[1]).toMatchObject({ message: "Starting the boxes.", percentage: 50 });
    expect(started.statuses.some(({ state }) => state === "running")).toBe(true);
    const { score, isolation } = await started.status("pass");
    expect(score).toBe(91);
    expect(isolation).toContain("connection denied");
  });

  test("runs without progress for a client that can show it and refuses to", async () => {
    const gate = new FakeGate();
    const started = await start(gate);
    await started.status("pass");
    expect(await run(started, { folder: FOLDER })).toMatchObject({ status: "pass" });
    expect(gate.asked).toContain("run");
  });

  test("is stopped by the progress's cancel button", async () => {
    const gate = new FakeGate();
    const progress = new ShownProgress();
    const started = await start(gate, { prepare: progress.prepare });
    await started.status("pass");
    gate.hold("run");
    const running = run(started);
    await started.until(() => gate.asked.includes("run"));
    await started.connection.sendNotification(WorkDoneProgressCancelNotification.type, {
      token: progress.token ?? "",
    });
    await expect(running).rejects.toMatchObject({ code: LSPErrorCodes.RequestCancelled });
    expect(gate.aborted).toBe(1);
    expect(progress.steps.at(-1)?.kind).toBe("end");
    expect((await started.status("pass")).score).toBe(100);
  });

  test("asked for twice, runs once and answers both", async () => {
    const gate = new FakeGate();
    const started = await start(gate, { prepare: new ShownProgress().prepare });
    await started.status("pass");
    const release = gate.hold("run");
    const both = [run(started), run(started)];
    await started.status("running");
    release();
    expect(await Promise.all(both)).toHaveLength(2);
    expect(gate.asked.filter((kind) => kind === "run")).toHaveLength(1);
  });

  test("judges again what changed while it ran, instead of showing what is out of date", async () => {
    const gate = new FakeGate();
    const started = await start(gate, { prepare: new ShownProgress().prepare });
    await started.status("pass");
    const release = gate.hold("run");
    const running = run(started);
    await started.status("running");
    const old = aReview({ score: { value: 1, grade: "F", weights: "1", deductions: [] } });
    const newer = aReview();
    const other = { ...newer, change: { ...newer.change, id: sha256Digest("other") } };
    gate.review = other;
    const before = started.logs.length;
    gate.change();
    await started.until(() => started.logs.slice(before).some((line) => line.startsWith("Judged")));
    gate.review = (kind) => (kind === "run" ? old : other);
    release();
    await running;
    await started.until(() => gate.asked.filter((kind) => kind === "cached").length >= 3);
    await started.status("pass");
    expect(started.statuses.map(({ score }) => score)).not.toContain(1);
  });

  test("without a way to show progress runs all the same", async () => {
    const gate = new FakeGate();
    const started = await start(gate, { capabilities: {} });
    expect(await run(started)).toMatchObject({ status: "pass" });
  });

  test("is refused in an untrusted workspace", async () => {
    const gate = new FakeGate();
    const options = { trusted: false };
    const started = await start(gate, { options, capabilities: {} });
    await expect(run(started)).rejects.toThrow(/not trusted/);
    expect(gate.asked).not.toContain("run");
  });

  test("says what is missing when no engine answers", async () => {
    const gate = new FakeGate();
    const started = await start(gate, { capabilities: {} });
    await started.status("pass");
    gate.reviewError = new GateError("no-engine", "No container engine answers.", {
      remedy: "Start Docker.",
    });
    await expect(run(started)).rejects.toThrow("No container engine answers. Start Docker.");
  });

  test.for([[["x"]], [[{ folder: 1 }]], [[{ folder: FOLDER }, 2]]] as const)(
    "refuses arguments that it does not take: %j",
    async ([given]) => {
      const started = await start(new FakeGate(), { capabilities: {} });
      await expect(run(started, ...given)).rejects.toThrow(/does not take/);
    },
  );

  test("refuses a folder that is not in the workspace", async () => {
    const started = await start(new FakeGate(), { capabilities: {} });
    await expect(run(started, { folder: "file:///elsewhere" })).rejects.toThrow(/no such folder/);
  });
});

describe("shipgate.server.explainRule", () => {
  const explain = (started: TestClient, ...given: unknown[]) =>
    started.connection.sendRequest(ExecuteCommandRequest.type, {
      command: SERVER_COMMANDS.explainRule,
      arguments: given,
    });

  test("gives a page that needs no network", async () => {
    const started = await start(new FakeGate(), { capabilities: {} });
    const page = await explain(started, "sandbox/new-egress");
    expect(page).toMatchObject({ rule: "sandbox/new-egress" });
    expect((page as { markdown: string }).markdown).toContain("**What to do.**");
  });

  test("asks a client that shows no pages itself to open the URL", async () => {
    const shown: string[] = [];
    const started = await start(new FakeGate(), {
      prepare: (connection) =>
        connection.onRequest(ShowDocumentRequest.type, ({ uri }) => {
          shown.push(uri);
          return { success: true };
        }),
    });
    await explain(started, "dependency/added");
    expect(shown).toEqual([expect.stringContaining("dependency/added.md")]);
  });

  test("refuses a rule that does not exist, such as one of Object's own names", async () => {
    const started = await start(new FakeGate(), { capabilities: {} });
    await expect(explain(started, "constructor")).rejects.toThrow(/no such rule/);
    await expect(explain(started)).rejects.toThrow(/does not take/);
  });
});
