import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { before, describe, it as test } from "mocha";
import { commands, extensions } from "vscode";

import { finding, folderUri, MENU_ROW, picture, show, STATUS, tooltipRows } from "../shipgate.ts";
import { canSeePage, ui } from "../ui.ts";

const run = promisify(execFile);
const EDITOR = ".editor-group-container.active";
/** Each part of the story waits for git, the engine or an assistant's hook on a loaded machine. */
const PATIENCE = 240_000;
/** So many looks at the score, a quarter of a second apart, must agree. */
const QUIET = 12;

/** The main job, as a person lives it: one branch from clean to judged, run and mended. */
describe("an assistant's change", function story() {
  this.timeout(PATIENCE);

  before(function skipWithoutPage() {
    if (!canSeePage()) this.skip();
  });

  test("a branch without a change has full trust", async () => {
    await ui.waitFor({ ...STATUS, hasText: "100 A", timeout: 60_000 });
    assert.ok(extensions.getExtension("shipgate.shipgate")?.isActive);
    await picture(STATUS.selector, "status-clean", 6);
  });

  test("arrives by hook: squiggles appear, and the score falls with the branch", async () => {
    await show("package.json");
    await replay("change");
    await ui.waitFor({ ...STATUS, hasText: "fail", timeout: 60_000 });
    const rules = ["policy/host-executed-file", "dependency/added"];
    for (const rule of rules) await finding("package.json", rule);
    await finding("src/payments/amount.ts", "policy/protected-path");
    await finding("src/export.ts", "dependency/undeclared-import");
    await ui.waitFor({ selector: ".monaco-editor .squiggly-error" }, "attached");
    await settle();
    await picture(STATUS.selector, "status-before-run", 6);
  });

  test("has a sum behind its score that adds up", async () => {
    const rows = await tooltipRows();
    const points = rows.flatMap((text) => /^\s*([−+]?\d+)/u.exec(text)?.[1] ?? []);
    const numbers = points.map((text) => Number(text.replace("−", "-")));
    const total = numbers.slice(0, -1).reduce((sum, number) => sum + number, 0);
    assert.equal(total, numbers.at(-1));
    assert.equal(total, await shownScore());
    await picture(".monaco-hover", "tooltip", 4);
    await ui.press("Escape");
  });

  test("runs from the lightbulb: what head does that base does not stands at its line", async () => {
    const earlier = await shownScore();
    const { range } = await finding("package.json", "dependency/added");
    await show("package.json", range);
    await ui.press("Control+.");
    await ui.waitFor({ selector: MENU_ROW, hasText: "Run in sandbox" });
    await picture(".action-widget", "lightbulb", 4);
    await ui.click({ selector: MENU_ROW, hasText: "Run in sandbox" });
    await ui.waitFor({ ...STATUS, hasText: "running" });
    await picture(STATUS.selector, "status-running", 6);
    await ui.waitFor({ ...STATUS, hasText: "fail", timeout: PATIENCE });
    assert.ok((await shownScore()) < earlier);
    await picture(STATUS.selector, "status-after-run", 6);
    const egress = await finding("src/export.ts", "sandbox/new-egress");
    await finding("test/export.test.ts", "sandbox/test-outcome-changed");
    const editor = await show("src/export.ts", egress.range);
    assert.match(editor.document.lineAt(egress.range.start.line).text, /198\.51\.100\.7/u);
    await ui.waitFor({ selector: ".monaco-editor .squiggly-error" }, "attached");
    await picture(EDITOR, "egress", 0);
    await commands.executeCommand("workbench.actions.view.problems");
    await ui.waitFor({ selector: ".markers-panel .monaco-list-row", hasText: "connect" });
    await show("src/export.ts", egress.range);
    await picture(".monaco-workbench", "editor", 0);
    await commands.executeCommand("workbench.action.closePanel");
  });

  test("mended by the assistant and run again, it wins its trust back", async () => {
    const earlier = await shownScore();
    await replay("mend");
    await commands.executeCommand("shipgate.runChange");
    await ui.waitFor({ ...STATUS, hasText: " A", timeout: PATIENCE });
    assert.ok((await shownScore()) > earlier);
    await picture(STATUS.selector, "status-mended", 6);
  });
});

/** Plays one part of the assistant's recorded session: it edits files, and reports each edit to its hook. */
async function replay(part: "change" | "mend"): Promise<void> {
  const sample = process.env["SHIPGATE_SAMPLE"];
  assert.ok(sample);
  const args = [sample, folderUri().fsPath, "--replay", part, "--built-hook"];
  await run(process.execPath, args, { timeout: PATIENCE });
}

/** Waits until the score stays what it is: facts about packages arrive after the first findings. */
async function settle(): Promise<void> {
  let last = "";
  for (let quiet = 0; quiet < QUIET; quiet += 1) {
    await new Promise((resolve) => setTimeout(resolve, 250));
    const text = await ui.text(STATUS);
    if (text !== last) quiet = 0;
    last = text;
  }
}

async function shownScore(): Promise<number> {
  const score = /\d+/u.exec(await ui.text(STATUS))?.[0];
  assert.ok(score);
  return Number(score);
}
