import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { commands, type ExtensionContext, extensions, Uri, window, workspace } from "vscode";
import { ExecuteCommandRequest } from "vscode-languageclient/node";

import { createClient } from "../../../extension/client.ts";
import { forwardEdits } from "../../../extension/edits.ts";
import { TypingQueue } from "../../../extension/typing.ts";
import { canSeePage, ui } from "../ui.ts";

/** How often a key is pressed; the first ones warm the code up. */
const KEYS = 400;
const WARM_UP = 100;

/** No part of `npm test`: `npm run bench -- editor` runs it and reads what it writes. */
describe("the extension in the extension host", () => {
  const found = extensions.getExtension("shipgate.shipgate");
  let activationMs: number | null = null;

  it("is activated", async () => {
    assert.ok(found);
    await found.activate();
    if (!canSeePage()) return;
    await commands.executeCommand("workbench.action.showRuntimeExtensions");
    const row = { selector: ".runtime-extensions-editor .monaco-list-row", hasText: "Shipgate" };
    await ui.waitFor(row);
    const text = (await ui.texts(row)).join(" ");
    activationMs = Number(/Activation: (\d+)ms/u.exec(text)?.[1] ?? Number.NaN);
    assert.ok(Number.isFinite(activationMs), text);
    await commands.executeCommand("workbench.action.closeActiveEditor");
  });

  it("costs little on a key", async function measureKeys() {
    this.timeout(120_000);
    assert.ok(found);
    const [folder] = workspace.workspaceFolders ?? [];
    assert.ok(folder);
    await window.showTextDocument(Uri.joinPath(folder.uri, "typed.js"));
    // Listeners are called in the order in which they came: ours stand between two clocks.
    const times: number[] = [];
    let before = 0;
    const first = workspace.onDidChangeTextDocument(() => (before = performance.now()));
    const log = window.createOutputChannel("Shipgate bench", { log: true });
    const typing = new TypingQueue(() => undefined);
    const place = { asAbsolutePath: (path: string) => join(found.extensionPath, path) };
    const client = createClient(place as ExtensionContext, log, typing.middleware);
    // The extension itself has registered the server's commands already.
    client.getFeature(ExecuteCommandRequest.method).initialize = () => undefined;
    const ours = [...forwardEdits(client), typing];
    await client.start();
    const last = workspace.onDidChangeTextDocument(() => times.push(performance.now() - before));
    for (let key = 0; key < KEYS; key += 1) await commands.executeCommand("type", { text: "x" });
    for (const each of [first, last, ...ours]) each.dispose();
    await client.stop().catch(() => undefined);
    const sorted = times.slice(WARM_UP).toSorted((a, b) => a - b);
    assert.ok(sorted.length > 100);
    const keyMs = sorted[Math.floor(sorted.length / 2)];
    const file = process.env["SHIPGATE_BENCH_FILE"];
    if (file !== undefined) writeFileSync(file, JSON.stringify({ activationMs, keyMs }));
    await commands.executeCommand("workbench.action.files.revert");
  });
});
