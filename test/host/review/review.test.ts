import assert from "node:assert/strict";

import { before, describe, it as test } from "mocha";
import { commands, env, languages, Uri, window, workspace } from "vscode";

import { fileUri, picture, setTheme, showFile, STATUS, until } from "../editor.ts";
import { canSeePage, ui } from "../ui.ts";

const FRAME = "fake.html";
const PANEL = ".part.editor .editor-instance";

describe("the change report", () => {
  before(async function waitForReview() {
    if (!canSeePage()) {
      this.skip();
      return;
    }
    await ui.waitFor({ ...STATUS, hasText: "fail" });
    await commands.executeCommand("workbench.action.closeAllEditors");
    await commands.executeCommand("workbench.action.closeSidebar");
    await ui.resize(1280, 1500);
  });

  test("tells the story from the session to the verdict", async () => {
    await commands.executeCommand("shipgate.showReport");
    await ui.waitFor({ selector: "h1", hasText: "feature/csv-delimiter", frame: FRAME });
    const story = await ui.texts({ selector: "ol.story li", frame: FRAME });
    assert.match(story[0] ?? "", /claude-code.* wrote \d+ of \d+ new lines in session/su);
    assert.match(story.at(-1) ?? "", /Verdict: fail/u);
  });

  test("has no script, and allows none", async () => {
    const policy = { selector: 'meta[http-equiv="Content-Security-Policy"]', frame: FRAME };
    const content = await ui.attribute(policy, "content");
    assert.match(content ?? "", /^default-src 'none'; style-src 'sha256-[\w+/=]+'$/u);
    assert.deepEqual(await ui.texts({ selector: "body script", frame: FRAME }), []);
  });

  for (const [theme, look] of [
    ["Default Dark Modern", "vs-dark"],
    ["Default Light Modern", "vs"],
    ["Default High Contrast", "hc-black"],
  ] as const) {
    test(`is readable in ${theme}`, async () => {
      await setTheme(theme, look);
      await ui.waitFor({ selector: "table", frame: FRAME });
      await picture(PANEL, `report-${look}`);
    });
  }

  test("leads to the places that it names", async () => {
    await ui.click({ selector: "td.mono a", hasText: "src/payments/amount.ts", frame: FRAME });
    await until(
      () => window.activeTextEditor?.document.uri.path.endsWith("payments/amount.ts") === true,
    );
    await commands.executeCommand("workbench.action.closeAllEditors");
  });

  for (const [name, start] of [
    ["report.md", /^## Shipgate: fail/u],
    ["report.html", /^<!DOCTYPE html>/u],
  ] as const) {
    test(`is written to ${name}`, async () => {
      const target = Uri.joinPath(fileUri("."), "..", name);
      await commands.executeCommand("shipgate.exportReport", target);
      const text = Buffer.from(await workspace.fs.readFile(target)).toString("utf8");
      assert.match(text, start);
      assert.doesNotMatch(text, /command:/u);
    });
  }
});

describe("the way through a review", () => {
  before(function skipWithoutPage() {
    if (!canSeePage()) this.skip();
  });

  test("steps from place to place and back", async () => {
    await commands.executeCommand("workbench.action.closeAllEditors");
    await commands.executeCommand("shipgate.nextPlace");
    const first = here();
    await commands.executeCommand("shipgate.nextPlace");
    assert.notEqual(here(), first);
    await commands.executeCommand("shipgate.previousPlace");
    assert.equal(here(), first);
  });

  test("shows base and change side by side", async () => {
    await showFile("src/payments/amount.ts");
    await commands.executeCommand("shipgate.openDiff");
    await ui.waitFor(
      { selector: ".monaco-diff-editor .line-insert, .monaco-diff-editor .char-insert" },
      "attached",
    );
    const base = workspace.textDocuments.find(({ uri }) => uri.scheme === "shipgate-base");
    assert.ok(base !== undefined && base.getText().length > 0);
    await commands.executeCommand("workbench.action.closeAllEditors");
  });

  test("rejects exactly the lines at the cursor, and undo takes it back", async () => {
    const places = await marked("src/payments/amount.ts");
    const editor = await showFile("src/payments/amount.ts", places);
    const { document } = editor;
    const changed = document.getText();
    await commands.executeCommand("shipgate.rejectLines");
    await until(() => document.getText() !== changed);
    const base = await workspace.openTextDocument(document.uri.with({ scheme: "shipgate-base" }));
    assert.equal(document.getText(), base.getText());
    await commands.executeCommand("undo");
    await until(() => document.getText() === changed);
    await commands.executeCommand("workbench.action.files.revert");
  });

  test("copies what to tell the assistant", async () => {
    await commands.executeCommand("shipgate.askForFix");
    assert.match(await env.clipboard.readText(), /src\/payments\/amount\.ts:\d+ .*protected/u);
  });

  test("marks who wrote which lines when asked to, and says so on hover", async () => {
    await showFile("src/export.ts");
    await setTheme("Default Dark Modern", "vs-dark");
    await commands.executeCommand("shipgate.toggleLineAuthors");
    const mark = { selector: ".monaco-editor .view-overlays [class*='ced-']" };
    await ui.waitFor(mark, "attached");
    await picture(PANEL, "line-marks");
    await commands.executeCommand("shipgate.toggleLineAuthors");
    await ui.waitFor(mark, "detached");
  });

  test("offers a run at each test", async () => {
    await showFile("test/export.test.ts");
    const lens = { selector: ".codelens-decoration a", hasText: "Run in sandbox" };
    await ui.waitFor(lens);
    await picture(PANEL, "code-lenses");
  });
});

describe("the Testing view", () => {
  before(async function waitForReview() {
    if (canSeePage()) await ui.waitFor({ ...STATUS, hasText: "fail" });
    else this.skip();
  });

  test("runs the change, and shows how each test ended on head", async function runInTesting() {
    this.timeout(300_000);
    await commands.executeCommand("workbench.view.testing.focus");
    const row = ".test-explorer .monaco-list-row";
    await ui.waitFor({ selector: row, hasText: "Change" });
    await commands.executeCommand("testing.runAll");
    await ui.waitFor({ selector: `${row} .codicon-testing-failed-icon` });
    const isShown = async () =>
      (await ui.texts({ selector: row })).some((text) => text.includes("writes headers"));
    await until(async () => {
      const closed = { selector: `${row} .monaco-tl-twistie.collapsed` };
      const isClosed = (await ui.texts(closed)).length > 0;
      if (isClosed && !(await isShown())) await ui.click(closed);
      return await isShown();
    });
    await picture(".part.sidebar", "testing");
  });
});

function here(): string {
  const editor = window.activeTextEditor;
  return `${editor?.document.uri.path}:${editor?.selection.active.line}`;
}

/** Where a file's first protected line is. */
async function marked(path: string) {
  await until(() => languages.getDiagnostics(fileUri(path)).length > 0);
  return languages.getDiagnostics(fileUri(path))[0]?.range;
}
