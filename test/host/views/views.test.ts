import assert from "node:assert/strict";

import { before, describe, it as test } from "mocha";
import { commands, window, workspace } from "vscode";

import { fileUri, picture, setTheme, STATUS, until } from "../editor.ts";
import { canSeePage, ui } from "../ui.ts";

const SIDE = ".part.sidebar";
const ROW = `${SIDE} .monaco-list-row`;

describe("the Shipgate views", () => {
  before(async function openViews() {
    if (!canSeePage()) {
      this.skip();
      return;
    }
    await ui.waitFor({ ...STATUS, hasText: "fail" });
    await commands.executeCommand("workbench.view.extension.shipgate");
  });

  test("say at a glance how the change stands and who wrote it", async () => {
    await ui.waitFor({ selector: ROW, hasText: "Fails with" });
    await ui.waitFor({ selector: ROW, hasText: "claude-code" });
    const texts = await ui.texts({ selector: ROW });
    assert.ok(texts.some((text) => /claude-code.*\d+ lines in \d+ files/su.test(text)));
    await picture(SIDE, "views-dark");
  });

  test("count what stands in the way on the activity bar", async () => {
    const badge = { selector: ".activitybar .action-item.checked .badge-content" };
    const rows = await ui.texts({ selector: `${SIDE} .monaco-list-row .codicon-error` });
    assert.ok(rows.length > 0);
    assert.match(await ui.text(badge), /^\d+$/u);
  });

  test("lead to a finding's line with the keyboard alone", async () => {
    await commands.executeCommand("workbench.action.closeAllEditors");
    await commands.executeCommand("shipgate.findings.focus");
    await ui.press("Home");
    await ui.press("ArrowDown");
    await ui.press("Enter");
    await until(() => window.activeTextEditor !== undefined);
  });

  test("put findings together by rule, and remember it", async () => {
    await commands.executeCommand("shipgate.groupFindingsByRule");
    await ui.waitFor({ selector: ROW, hasText: "A dependency was added" });
    await picture(SIDE, "views-by-rule");
    await commands.executeCommand("shipgate.groupFindingsByFile");
    await ui.waitFor({ selector: ROW, hasText: "· dependency/added" });
  });

  test("mend a finding from its line, and leave the file unsaved", async () => {
    const row = { selector: ROW, hasText: "· dependency/added" };
    await ui.hover(row);
    const fix = `${ROW}:has-text("· dependency/added") .action-label[aria-label="Fix"]`;
    await ui.waitFor({ selector: fix });
    await picture(SIDE, "views-actions");
    const manifest = await workspace.openTextDocument(fileUri("package.json"));
    const text = manifest.getText();
    await ui.click({ selector: fix });
    await until(() => manifest.isDirty);
    assert.notEqual(manifest.getText(), text);
    await window.showTextDocument(manifest);
    await commands.executeCommand("workbench.action.files.revert");
  });

  test("invite to a run where there was none", async () => {
    await commands.executeCommand("shipgate.runs.focus");
    await ui.waitFor({ selector: `${SIDE} .welcome-view a`, hasText: "Run in Sandbox" });
    await picture(SIDE, "views-not-run");
  });

  test("show what a run came to, the difference first", async function runChange() {
    this.timeout(300_000);
    await commands.executeCommand("shipgate.runChange");
    await ui.waitFor({ selector: ROW, hasText: "Difference", timeout: 10_000 });
    await ui.waitFor({ selector: ROW, hasText: "Isolation: container" });
    await picture(SIDE, "views-after-run");
  });

  for (const [theme, look] of [
    ["Default Light Modern", "vs"],
    ["Default High Contrast", "hc-black"],
    ["Default High Contrast Light", "hc-light"],
  ] as const) {
    test(`are readable in ${theme}`, async () => {
      await setTheme(theme, look);
      await ui.waitFor({ selector: ROW, hasText: "Fails with" });
      await picture(SIDE, `views-${look}`);
      await picture(STATUS.selector, `status-${look}`, 6);
    });
  }

  test("are introduced by a walkthrough with pictures", async () => {
    await setTheme("Default Dark Modern", "vs-dark");
    await commands.executeCommand("workbench.action.closeSidebar");
    await commands.executeCommand("workbench.action.openWalkthrough", "shipgate.shipgate#start");
    const step = ".gettingStartedContainer .getting-started-step";
    await ui.waitFor({ selector: step, hasText: "Connect Your Assistants" });
    await ui.waitFor({ selector: step, hasText: "Read the Report" });
    await ui.waitFor(
      { selector: ".gettingStartedContainer .getting-started-media img" },
      "attached",
    );
    await picture(".part.editor", "walkthrough");
  });
});
