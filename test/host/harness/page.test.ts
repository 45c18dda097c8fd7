import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { before, describe, it as test } from "mocha";
import { commands, extensions, window, workspace, type TextEditor } from "vscode";

import { canSeePage, ui } from "../ui.ts";

describe("the host harness", () => {
  let editor: TextEditor;

  before(async () => {
    const [file] = await workspace.findFiles("note.txt");
    assert.ok(file);
    editor = await window.showTextDocument(file);
  });

  test("opens a fresh copy of the workspace, also where its path has a space and an umlaut", () => {
    assert.match(workspace.workspaceFolders?.[0]?.uri.fsPath ?? "", /wörk space$/u);
    assert.equal(editor.document.getText(), "one wrong word\n");
  });

  test("refuses proposed APIs, as stable VS Code does", () => {
    const probe = extensions.getExtension<{ useProposal: () => unknown }>("shipgate-test.probe");
    assert.ok(probe?.isActive);
    assert.throws(() => probe.exports.useProposal(), /CANNOT use API proposal/u);
  });

  test("does not save by itself", () => {
    assert.equal(workspace.getConfiguration("files").get("autoSave"), "off");
  });

  describe("seeing the page", () => {
    before(function skipWithoutPage() {
      if (!canSeePage()) this.skip();
    });

    test("sees a squiggle, takes its fix from the menu, and sees the status change", async () => {
      const status = { selector: '[id="shipgate-test.probe.status"]' };
      await ui.waitFor({ selector: ".monaco-editor .squiggly-error" }, "attached");
      assert.equal((await ui.text(status)).trim(), "probe 1");
      await ui.click({ selector: ".view-line span", hasText: "wrong" });
      await ui.press("Control+.");
      await ui.click({ selector: ".action-widget .monaco-list-row", hasText: "Make it right" });
      await ui.waitFor({ ...status, hasText: "probe 0" });
      await waitForText(editor, "one right word\n");
    });

    test("types, pastes and reads attributes", async () => {
      await ui.press("Control+End");
      await ui.type("typed ");
      await ui.setClipboard("pasted");
      await ui.press("Control+v");
      await ui.waitFor({ selector: ".view-line", hasText: "typed pasted" });
      await waitForText(editor, "\ntyped pasted");
      const label = await ui.attribute({ selector: ".monaco-workbench" }, "class");
      assert.match(label ?? "", /monaco-workbench/u);
    });

    test("saves a picture of one element", async () => {
      const folder = mkdtempSync(join(tmpdir(), "picture-"));
      try {
        const file = join(folder, "status.png");
        await ui.screenshot({ selector: '[id="shipgate-test.probe.status"]' }, file);
        assert.equal(readFileSync(file).subarray(1, 4).toString(), "PNG");
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

    test("reads inside a webview", async () => {
      await commands.executeCommand("probe.page");
      const text = await ui.text({ selector: "#greeting", frame: "fake.html" });
      assert.equal(text, "Hello from the page");
    });

    test("reads notifications", async () => {
      void window.showInformationMessage("Something was done.");
      await commands.executeCommand("notifications.showList");
      await ui.waitFor({ selector: ".notification-list-item-message", hasText: "was done" });
      assert.deepEqual(await ui.notifications(), ["Something was done."]);
    });

    test("says what went wrong on the page", async () => {
      await assert.rejects(
        ui.waitFor({ selector: ".no-such-thing", timeout: 200 }),
        /no-such-thing.*Timeout/su,
      );
    });

    test("answers nobody who does not know the bridge's secret, and no web page that does", async () => {
      const url = process.env["HEADLESS_UI"] ?? "";
      const body = JSON.stringify({ action: "texts", selector: "body" });
      const wrong = await fetch(new URL("/wrong", url), { method: "POST", body });
      assert.equal(wrong.status, 403);
      const headers = { origin: "http://page.example" };
      const foreign = await fetch(url, { method: "POST", body, headers });
      assert.equal(foreign.status, 403);
    });
  });
});

/** The page shows a change before the extension host hears of it. */
async function waitForText({ document }: TextEditor, ending: string): Promise<void> {
  for (let tries = 0; tries < 100 && !document.getText().endsWith(ending); tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.ok(document.getText().endsWith(ending), document.getText());
}
