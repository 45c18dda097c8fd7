import assert from "node:assert/strict";

import { before, describe, it as test } from "mocha";
import { commands, extensions, window } from "vscode";

import { finding, MENU_ROW, picture, show, STATUS, until, tooltipRows } from "../shipgate.ts";
import { canSeePage, ui } from "../ui.ts";

describe("Shipgate in the editor", () => {
  before(function skipWithoutPage() {
    if (!canSeePage()) this.skip();
  });

  test("activates without being asked, and says what the branch is worth", async () => {
    await ui.waitFor({ ...STATUS, hasText: "fail" });
    assert.ok(extensions.getExtension("shipgate.shipgate")?.isActive);
    assert.match(await ui.text(STATUS), /^\s*\d+ [A-F] · fail\s*$/u);
    const label = await ui.attribute({ selector: `${STATUS.selector} a` }, "aria-label");
    assert.match(label ?? "", /trust score \d+ of 100, grade [A-F], fails/u);
    await picture(STATUS.selector, "status-fail", 6);
  });

  test("puts findings on their lines, with a link to the rule's page", async () => {
    const found = await finding("src/payments/amount.ts", "policy/protected-path");
    const editor = await show("src/payments/amount.ts");
    assert.match(editor.document.lineAt(found.range.start.line).text, /toFixed/u);
    assert.match(JSON.stringify(found.code), /docs\/rules\/policy\/protected-path\.md/u);
    await ui.waitFor({ selector: ".monaco-editor .squiggly-error" }, "attached");
  });

  test("has a tooltip whose lines add up, and links that mend", async () => {
    const rows = await tooltipRows();
    const numbers = rows.flatMap((text) => /^\s*([−+]?\d+)/u.exec(text)?.[1] ?? []);
    const values = numbers.map((text) => Number(text.replace("−", "-")));
    const sum = values.slice(0, -1).reduce((total, value) => total + value, 0);
    assert.equal(sum, values.at(-1));
    await ui.waitFor({ selector: ".monaco-hover a", hasText: "Run in sandbox" });
    await picture(".monaco-hover", "tooltip", 4);
    await ui.press("Escape");
  });

  test("mends from the lightbulb", async () => {
    const { range } = await finding("package.json", "dependency/added");
    const editor = await show("package.json", range);
    const name = /"([^"]+)"/u.exec(editor.document.lineAt(range.start.line).text)?.[1] ?? "";
    await ui.press("Control+.");
    await ui.waitFor({ selector: MENU_ROW, hasText: "Run in sandbox" });
    const titles = await ui.texts({ selector: `${MENU_ROW}.action` });
    assert.ok(titles.some((title) => title.includes("Run this change in sandbox")));
    assert.ok(titles.some((title) => title.includes("Explain this rule")));
    await picture(".action-widget", "lightbulb", 4);
    await ui.click({ selector: MENU_ROW, hasText: "Remove" });
    await until(() => !editor.document.getText().includes(`"${name}"`));
    await commands.executeCommand("undo");
    await until(() => editor.document.getText().includes(`"${name}"`));
    await commands.executeCommand("workbench.action.files.revert");
  });

  test("explains a rule without a network", async () => {
    await commands.executeCommand("shipgate.server.explainRule", "policy/protected-path");
    const heading = { selector: "h1", frame: "fake.html" };
    await ui.waitFor({ ...heading, hasText: "A protected file was changed" });
    await commands.executeCommand("workbench.action.closeActiveEditor");
  });

  test("runs from the lightbulb, and the score is another one after", async function runChange() {
    this.timeout(300_000);
    const first = (await ui.text(STATUS)).trim();
    const { range } = await finding("package.json", "dependency/added");
    await show("package.json", range);
    await ui.press("Control+.");
    await ui.click({ selector: MENU_ROW, hasText: "Run in sandbox" });
    await ui.waitFor({ ...STATUS, hasText: "running" });
    await picture(STATUS.selector, "status-running", 6);
    await ui.waitFor({ ...STATUS, hasText: "fail", timeout: 240_000 });
    assert.notEqual((await ui.text(STATUS)).trim(), first);
    const after = await finding("", "sandbox/test-outcome-changed");
    assert.ok(after.message.length > 0);
    await picture(STATUS.selector, "status-after", 6);
  });

  test("goes where a deduction comes from, by keyboard alone", async () => {
    await commands.executeCommand("workbench.action.closeAllEditors");
    void commands.executeCommand("shipgate.showTrustScore");
    await ui.waitFor({ selector: ".quick-input-widget .monaco-list-row", hasText: "is protected" });
    await picture(".quick-input-widget", "trust-score", 4);
    await ui.type("is protected");
    await ui.press("Enter");
    await until(
      () => window.activeTextEditor?.document.uri.path.endsWith("payments/amount.ts") === true,
    );
  });

  test("starts its server again when it is told to", async () => {
    await commands.executeCommand("shipgate.restartServer");
    await ui.waitFor({ ...STATUS, hasText: "fail" });
  });
});
