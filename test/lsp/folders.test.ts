import { afterEach, describe, expect, test } from "vitest";
import {
  ConfigurationRequest,
  DidChangeConfigurationNotification,
  DidChangeWatchedFilesNotification,
  DidChangeWorkspaceFoldersNotification,
  DidSaveTextDocumentNotification,
  ErrorCodes,
  type DidChangeWatchedFilesParams,
  FileChangeType,
  HoverRequest,
  type ProtocolConnection,
  RegistrationRequest,
} from "vscode-languageserver/node";

import { GateError } from "../../server/engine/errors.ts";
import {
  GetReview,
  GetTrustStatuses,
  type InitializationOptions,
  ListRules,
  TrustGranted,
} from "../../server/protocol.ts";
import { FakeGate } from "../fakes/gate-door.ts";
import { connect, type ConnectOptions, type TestClient } from "./connect.ts";
import { aFinding, aReview } from "./reviews.ts";

const SHOP = "file:///w/shop";
const BLOG = "file:///w/blog";

let client: TestClient | null = null;
afterEach(async () => {
  await client?.close();
  client = null;
});

async function start(gate: FakeGate, options: Partial<ConnectOptions> = {}): Promise<TestClient> {
  const served = { mode: "in-process", open: gate.open } as const;
  client = await connect({ served, folders: [SHOP], ...options });
  return client;
}

describe("a folder", () => {
  test.for([
    ["not-a-repository", "no-repository"],
    ["no-commits", "no-commits"],
    ["git-missing", "error"],
  ] as const)("that cannot be judged for %s says so in words", async ([code, state]) => {
    const gate = new FakeGate();
    gate.openError = new GateError(code, "What happened.", { remedy: "What next." });
    const started = await start(gate);
    expect(await started.status(state)).toMatchObject({ summary: "What happened." });
  });

  test("becomes judged once it is a repository", async () => {
    const gate = new FakeGate();
    gate.openError = new GateError("not-a-repository", "No.", { remedy: "" });
    const started = await start(gate);
    await started.status("no-repository");
    gate.openError = null;
    await started.open(`${SHOP}/a.ts`, "");
    await started.status("pass");
  });

  test("that is not on the disk says so", async () => {
    const started = await start(new FakeGate(), { folders: ["vscode-vfs://github/a/b"] });
    expect((await started.status("no-repository")).summary).toContain("not on the disk");
  });

  test("is judged again when the journal grows, a file is saved, or a file changes on the disk", async () => {
    const gate = new FakeGate();
    const started = await start(gate);
    const { connection } = started;
    const uri = `${SHOP}/a.ts`;
    await started.status("pass");
    const acts: readonly (() => Promise<void>)[] = [
      async () => gate.change(),
      () => started.open(uri, ""),
      () =>
        connection.sendNotification(DidSaveTextDocumentNotification.type, {
          textDocument: { uri },
        }),
      () =>
        connection.sendNotification(DidChangeWatchedFilesNotification.method, {
          changes: [{ uri: `${SHOP}/b.ts`, type: FileChangeType.Created }],
        } satisfies DidChangeWatchedFilesParams),
    ];
    for (const act of acts) {
      const before = gate.asked.length;
      await act();
      await started.until(() => gate.asked.length > before);
      await started.until(() => started.statuses.at(-1)?.state === "pass");
    }
  });

  test("is not judged again for what is installed, nor for another repository's files", async () => {
    const gate = new FakeGate();
    const started = await start(gate);
    await started.status("pass");
    const before = gate.asked.length;
    const uris = [`${SHOP}/node_modules/a/index.js`, `${SHOP}/.git/index`, "file:///w/else/a.ts"];
    await started.connection.sendNotification(DidChangeWatchedFilesNotification.method, {
      changes: uris.map((uri) => ({ uri, type: FileChangeType.Changed })),
    } satisfies DidChangeWatchedFilesParams);
    // A request is answered after every notification before it was handled.
    const statuses = await started.connection.sendRequest(GetTrustStatuses);
    expect(statuses.map(({ state }) => state)).toEqual(["pass"]);
    expect(gate.asked).toHaveLength(before);
  });

  test("shows the result of the newest content only", async () => {
    const gate = new FakeGate();
    const release = gate.hold("cached");
    const started = await start(gate);
    await started.until(() => gate.asked.length === 1);
    gate.review = aReview({ score: { value: 40, grade: "D", weights: "1", deductions: [] } });
    gate.change();
    await started.until(() => gate.aborted === 1);
    release();
    await started.status("pass");
    expect(started.statuses.every(({ score }) => score === null || score === 40)).toBe(true);
  });

  test("without an engine says so, and only where that is what is missing", async () => {
    const gate = new FakeGate();
    gate.engineProblem = { message: "No engine answers.", remedy: "Start Docker." };
    const review = aReview();
    gate.review = { ...review, verdict: { ...review.verdict, status: "unproven" } };
    const started = await start(gate);
    expect(await started.status("no-engine")).toMatchObject({
      summary: "No engine answers.",
      remedy: "Start Docker.",
    });
  });
});

describe("an untrusted workspace", () => {
  test("is judged without asking for an engine, and again when trust is given", async () => {
    const gate = new FakeGate();
    gate.engineProblem = { message: "No engine answers.", remedy: "" };
    const review = aReview();
    gate.review = { ...review, verdict: { ...review.verdict, status: "unproven" } };
    const started = await start(gate, { options: { trusted: false } });
    await started.status("untrusted");
    await started.connection.sendNotification(TrustGranted);
    await started.status("no-engine");
  });

  test.for([{}, null, 7, "trusted", { trusted: "yes" }, { trusted: [] }])(
    "is what a client has that says %j",
    async (options) => {
      const gate = new FakeGate();
      const review = aReview();
      gate.review = { ...review, verdict: { ...review.verdict, status: "unproven" } };
      const started = await start(gate, { options: options as InitializationOptions });
      await started.status("untrusted");
    },
  );
});

describe("settings", () => {
  /** A client that answers `workspace/configuration` with what the test says. */
  function configured(settings: { value: unknown }): Partial<ConnectOptions> {
    return {
      capabilities: { workspace: { configuration: true, workspaceFolders: true } },
      prepare: (connection: ProtocolConnection) =>
        connection.onRequest(ConfigurationRequest.type, ({ items }) =>
          items.map(() => settings.value),
        ),
    };
  }

  test("switch a folder off and on while the server runs", async () => {
    const gate = new FakeGate();
    gate.review = aReview({ findings: [aFinding()] });
    const settings = { value: { enable: true } };
    const started = await start(gate, configured(settings));
    await started.until(() => started.diagnostics.get(`${SHOP}/package.json`)?.length === 1);
    settings.value = { enable: false };
    await started.connection.sendNotification(DidChangeConfigurationNotification.type, {
      settings: null,
    });
    await started.status("off");
    expect(started.diagnostics.get(`${SHOP}/package.json`)).toEqual([]);
    expect(gate.closed).toBe(1);
    settings.value = { enable: true };
    await started.connection.sendNotification(DidChangeConfigurationNotification.type, {
      settings: null,
    });
    await started.status("pass");
  });

  test("name an engine, which is asked for again when it changes", async () => {
    const gate = new FakeGate();
    const settings = { value: { engine: { host: "unix:///one.sock" } } };
    const started = await start(gate, configured(settings));
    await started.status("pass");
    settings.value = { engine: { host: "unix:///two.sock" } };
    await started.connection.sendNotification(DidChangeConfigurationNotification.type, {
      settings: null,
    });
    await started.until(() => gate.opened.length === 2);
    expect(gate.opened.map(({ engineHost }) => engineHost)).toEqual([
      "unix:///one.sock",
      "unix:///two.sock",
    ]);
  });
});

describe("several folders", () => {
  test("have a gate each, come and go", async () => {
    const gate = new FakeGate();
    const started = await start(gate, { folders: [SHOP, BLOG] });
    await started.until(
      () =>
        new Set(started.statuses.filter((it) => it.state === "pass").map((it) => it.folder))
          .size === 2,
    );
    await started.connection.sendNotification(DidChangeWorkspaceFoldersNotification.type, {
      event: { added: [], removed: [{ uri: BLOG, name: "blog" }] },
    });
    await started.until(() => gate.closed === 1);
    const left = await started.connection.sendRequest(GetTrustStatuses);
    expect(left.map(({ folder }) => folder)).toEqual([SHOP]);
  });

  test("are told apart in requests, and one has to be named", async () => {
    const gate = new FakeGate();
    const started = await start(gate, { folders: [SHOP, BLOG] });
    await started.until(() => gate.asked.length >= 2);
    await started.status("pass");
    const review = await started.connection.sendRequest(GetReview, { folder: BLOG });
    expect(review?.change.branch).toBe("feature");
  });
});

describe("a client", () => {
  test("that can watch files is asked to", async () => {
    const patterns: unknown[] = [];
    const started = await start(new FakeGate(), {
      capabilities: { workspace: { didChangeWatchedFiles: { dynamicRegistration: true } } },
      prepare: (connection) =>
        connection.onRequest(RegistrationRequest.type, ({ registrations }) => {
          patterns.push(...registrations.map(({ registerOptions }) => registerOptions as unknown));
        }),
    });
    await started.status("pass");
    expect(JSON.stringify(patterns)).toContain("**/*");
  });

  test("without folders is served without any", async () => {
    const started = await start(new FakeGate(), { folders: [] });
    expect(await started.connection.sendRequest(GetTrustStatuses)).toEqual([]);
    expect((await started.connection.sendRequest(ListRules)).length).toBeGreaterThan(5);
  });

  test("that hovers over a line of the change reads who wrote it", async () => {
    const started = await start(new FakeGate());
    await started.status("pass");
    const at = (line: number, uri = `${SHOP}/src/export.ts`) =>
      started.connection.sendRequest(HoverRequest.type, {
        textDocument: { uri },
        position: { line, character: 0 },
      });
    expect(JSON.stringify(await at(2))).toContain(String.raw`**claude\\-code**`);
    expect(await at(9)).toBeNull();
    expect(await at(2, "file:///etc/passwd")).toBeNull();
  });

  test("is shown what is known at once, and judged again with what the registries say", async () => {
    const gate = new FakeGate();
    const time = "2026-06-01T12:00:00.000Z";
    const lacks = {
      kind: "unavailable",
      subject: "pkg:npm/zod",
      lacks: "package",
      source: "npm",
      time,
      reason: "Not asked yet.",
    } as const;
    const known = {
      kind: "package",
      purl: "pkg:npm/zod",
      source: "npm",
      time,
      exists: true,
    } as const;
    gate.review = (_sandbox, facts) => aReview({ facts: [facts === "fetch" ? known : lacks] });
    const started = await start(gate, { options: { trusted: true } });
    await expect.poll(() => gate.askedFacts).toEqual(["cached", "fetch"]);
    await expect
      .poll(async () => {
        const review = await started.connection.sendRequest(GetReview.method, { folder: SHOP });
        return (review as ReturnType<typeof aReview> | null)?.facts;
      })
      .toEqual([known]);
    gate.review = aReview({ facts: [lacks] });
    gate.change();
    await expect.poll(() => gate.askedFacts).toEqual(["cached", "fetch", "cached"]);
  });

  test("that is not trusted has no registry asked", async () => {
    const gate = new FakeGate();
    const lacks = {
      kind: "unavailable",
      subject: "pkg:npm/zod",
      lacks: "package",
      source: "npm",
      time: "2026-06-01T12:00:00.000Z",
      reason: "Not asked yet.",
    } as const;
    gate.review = aReview({ facts: [lacks] });
    const started = await start(gate, { options: { trusted: false } });
    await started.status("pass");
    gate.change();
    await expect.poll(() => gate.askedFacts.length).toBeGreaterThan(1);
    expect(gate.askedFacts).not.toContain("fetch");
  });

  test("that asks for nonsense gets an error, and the server lives", async () => {
    const started = await start(new FakeGate());
    await expect(started.connection.sendRequest("shipgate/nothing")).rejects.toMatchObject({
      code: ErrorCodes.MethodNotFound,
    });
    const asked = started.connection.sendRequest(GetReview.method, { folder: 3 });
    await expect(asked).rejects.toThrow(/folder/);
    await started.status("pass");
  });

  test("gets words, not a stack, for a mistake of ours; the stack is in the log", async () => {
    const gate = new FakeGate();
    gate.review = () => {
      throw new TypeError("x is undefined");
    };
    const started = await start(gate);
    expect((await started.status("error")).summary).not.toContain("undefined");
    await started.until(() => started.logs.some((line) => line.includes("x is undefined")));
  });
});
