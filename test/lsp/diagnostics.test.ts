import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { afterEach, describe, expect, test } from "vitest";
import {
  DiagnosticSeverity,
  DiagnosticTag,
  DidChangeTextDocumentNotification,
  DidChangeWatchedFilesNotification,
  DidSaveTextDocumentNotification,
  FileChangeType,
} from "vscode-languageserver/node";

import { ruleUrl } from "../../server/core/rules.ts";
import { diagnosticOf } from "../../server/lsp/diagnostics.ts";
import { GetTrustStatuses } from "../../server/protocol.ts";
import { FakeGate } from "../fakes/gate-door.ts";
import { connect, type TestClient } from "./connect.ts";
import { aFinding, aReview } from "./reviews.ts";

const FOLDER = "file:///w/shop";
const MANIFEST = `${FOLDER}/package.json`;
const uriOf = (path: string) => `${FOLDER}/${path}`;

let client: TestClient | null = null;
afterEach(async () => {
  await client?.close();
  client = null;
});

async function start(gate: FakeGate, folder = FOLDER): Promise<TestClient> {
  client = await connect({ served: { mode: "in-process", open: gate.open }, folders: [folder] });
  return client;
}

describe("diagnosticOf", () => {
  test("carries rule, page, remedy and fingerprint", () => {
    const finding = aFinding({ line: 7, remedy: "Take it out." });
    expect(diagnosticOf(finding, uriOf)).toMatchObject({
      range: { start: { line: 6, character: 0 }, end: { line: 6 } },
      severity: DiagnosticSeverity.Warning,
      code: "dependency/added",
      codeDescription: { href: ruleUrl("dependency/added") },
      source: "shipgate",
      message: "The change adds left-pad.\nTake it out.",
      data: { fingerprint: finding.fingerprint },
    });
  });

  test("takes columns as they are given, counted from 1, the end exclusive", () => {
    const location = { path: "a.ts", startLine: 2, endLine: 2, startColumn: 5, endColumn: 9 };
    expect(diagnosticOf(aFinding({ location }), uriOf).range).toEqual({
      start: { line: 1, character: 4 },
      end: { line: 1, character: 8 },
    });
  });

  test.for([
    { startLine: 0, endLine: 0 },
    { startLine: -3, endLine: -9 },
    { startLine: 5, endLine: 2, startColumn: 9, endColumn: 1 },
  ])("makes a range of a location that makes no sense: %o", (place) => {
    const { range } = diagnosticOf(aFinding({ location: { path: "a.ts", ...place } }), uriOf);
    const [from, to] = [range.start, range.end];
    expect(from.line).toBeGreaterThanOrEqual(0);
    expect(from.character).toBeGreaterThanOrEqual(0);
    expect(to.line > from.line || to.character >= from.character).toBe(true);
  });

  test.for([
    ["error", DiagnosticSeverity.Error],
    ["warning", DiagnosticSeverity.Warning],
    ["info", DiagnosticSeverity.Information],
  ] as const)("shows %s as the editor's own severity", ([severity, expected]) => {
    expect(diagnosticOf({ ...aFinding(), severity }, uriOf).severity).toBe(expected);
  });

  test("fades a finding that an exception covers, and says who accepted it", () => {
    const exception = { reason: "Pinned.", owner: "ada", expires: "2027-01-01" };
    const diagnostic = diagnosticOf({ ...aFinding(), exception }, uriOf);
    expect(diagnostic.severity).toBe(DiagnosticSeverity.Hint);
    expect(diagnostic.tags).toEqual([DiagnosticTag.Unnecessary]);
    expect(diagnostic.message).toContain("Accepted by ada until 2027-01-01: Pinned.");
  });

  test("links related places", () => {
    const related = [
      { location: { path: "src/a b.ts", startLine: 2, endLine: 2 }, message: "Imported here." },
    ];
    expect(diagnosticOf(aFinding({ related }), uriOf).relatedInformation).toMatchObject([
      { location: { uri: `${FOLDER}/src/a b.ts`, range: { start: { line: 1 } } } },
    ]);
  });

  test("shows invisible and bidirectional characters of a hostile message, and cuts it", () => {
    const message = `evil\u202E\u0007${"x".repeat(5000)}`;
    const shown = JSON.stringify(diagnosticOf(aFinding({ message }), uriOf).message);
    expect(shown).toContain(String.raw`evil\\u{202e}\\u{7}x`);
    expect(shown.length).toBeLessThan(2000);
  });
});

describe("published diagnostics", () => {
  test("come for every file with findings, and go when they drop out", async () => {
    const gate = new FakeGate();
    const there = { path: "src/export.ts", startLine: 1, endLine: 1 };
    gate.review = aReview({ findings: [aFinding(), aFinding({ subject: "b", location: there })] });
    const { diagnostics, until } = bound(await start(gate));
    await until(() => diagnostics.size === 2);
    expect(diagnostics.get(MANIFEST)?.[0]?.range.start.line).toBe(2);

    gate.review = aReview({ findings: [aFinding()] });
    gate.change();
    await until(() => diagnostics.get(uriOf("src/export.ts"))?.length === 0);
    expect(diagnostics.get(MANIFEST)).toHaveLength(1);
  });

  test("are all taken away when the change can no longer be judged", async () => {
    const gate = new FakeGate();
    gate.review = aReview({ findings: [aFinding()] });
    const started = await start(gate);
    const { diagnostics, until } = bound(started);
    await until(() => diagnostics.get(MANIFEST)?.length === 1);
    gate.reviewError = new Error("bug");
    gate.change();
    await until(() => diagnostics.get(MANIFEST)?.length === 0);
    expect((await started.status("error")).summary).toContain("mistake of its own");
  });

  test("follow their lines in a buffer that is not saved, and go back when it is", async () => {
    const gate = new FakeGate();
    gate.review = aReview({ findings: [aFinding({ line: 3 })] });
    const started = await start(gate);
    const { diagnostics, until } = bound(started);
    const text = "{\n\n  added\n}\n";
    await started.open(MANIFEST, text);
    await until(() => diagnostics.get(MANIFEST)?.length === 1);

    await started.connection.sendNotification(DidChangeTextDocumentNotification.type, {
      textDocument: { uri: MANIFEST, version: 2 },
      contentChanges: [{ text: `// new\n// new\n${text}` }],
    });
    // Its answer comes after the change was read; only then is there something to follow.
    await started.connection.sendRequest(GetTrustStatuses);
    gate.change();
    await until(() => diagnostics.get(MANIFEST)?.[0]?.range.start.line === 4);
    expect(diagnostics.get(MANIFEST)?.[0]?.range.start.character).toBe("  ".length);

    await started.connection.sendNotification(DidSaveTextDocumentNotification.type, {
      textDocument: { uri: MANIFEST },
    });
    await until(() => diagnostics.get(MANIFEST)?.[0]?.range.start.line === 2);
  });

  test("stand where the disk has them after something else wrote an open file", async () => {
    const folder = await mkdtemp(join(tmpdir(), "shipgate-lsp-"));
    const file = join(folder, "package.json");
    const text = "{\n\n  added\n}\n";
    await writeFile(file, text);
    const gate = new FakeGate();
    const location = { path: "package.json", startLine: 3, endLine: 3 };
    gate.review = aReview({ findings: [aFinding({ location })] });
    const started = await start(gate, pathToFileURL(folder).href);
    const { diagnostics, until } = bound(started);
    const uri = pathToFileURL(file).href;
    await started.open(uri, "{\n}\n");
    await started.connection.sendNotification(DidChangeTextDocumentNotification.type, {
      textDocument: { uri, version: 2 },
      contentChanges: [{ text }],
    });
    await started.connection.sendNotification(DidChangeWatchedFilesNotification.type, {
      changes: [{ uri, type: FileChangeType.Changed }],
    });
    await until(() => diagnostics.get(uri)?.[0]?.range.start.line === 2);
    await rm(folder, { recursive: true });
  });

  test("have names with spaces and letters of any alphabet escaped as URIs", async () => {
    const gate = new FakeGate();
    const location = { path: "src/größe ü 100%.ts", startLine: 1, endLine: 1 };
    gate.review = aReview({ findings: [aFinding({ location })] });
    const { diagnostics, until } = bound(await start(gate));
    await until(() => diagnostics.size === 1);
    expect([...diagnostics.keys()]).toEqual([`${FOLDER}/src/gr%C3%B6%C3%9Fe%20%C3%BC%20100%25.ts`]);
  });
});

function bound(started: TestClient) {
  return {
    diagnostics: started.diagnostics,
    until: (holds: () => boolean) => started.until(holds),
  };
}
