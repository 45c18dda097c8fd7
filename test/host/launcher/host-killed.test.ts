import { readdirSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";

import type { Page } from "playwright-core";
import { describe, expect, onTestFinished, test } from "vitest";

import { openBlankPage } from "../../../scripts/editor/page.ts";
import { makeTemporaryFolder } from "../../../scripts/editor/temporary.ts";
import { makeSample } from "../../../scripts/sample.ts";
import { setUpHeadless } from "../../../scripts/setup/setup.ts";
import { serveEditor } from "../../../scripts/start/served-editor.ts";
import { isSettled, readTrustLabel, type TrustLabel } from "../../../scripts/start/trust-label.ts";
import type { Review } from "../../../server/core/review.ts";
import { parseOutput, shipgate } from "../../cli/shipgate.ts";
import { engine, leftBy } from "../../docker/box.ts";

const say = (): void => undefined;
const PATIENCE = { timeout: 120_000, interval: 100 };

/** Processes of this test's editor alone whose command line has a word. */
function processesWith(word: string, temporary: string): readonly number[] {
  const read = (pid: string, file: string): string => {
    try {
      return readFileSync(join("/proc", pid, file), "latin1");
    } catch {
      return "";
    }
  };
  return readdirSync("/proc")
    .filter((pid) => /^\d+$/u.test(pid) && read(pid, "cmdline").includes(word))
    .filter((pid) => read(pid, "environ").includes(temporary))
    .map(Number);
}

async function waitForLabel(
  page: Page,
  isWanted: (label: TrustLabel) => boolean,
): Promise<TrustLabel> {
  let found: TrustLabel | null = null;
  const look = async (): Promise<boolean> => {
    const item = page.locator('[id="shipgate.shipgate.status"] a').first();
    const text = (await item.count()) > 0 ? await item.getAttribute("aria-label") : null;
    found = text === null ? null : readTrustLabel(text);
    return found !== null && isWanted(found);
  };
  await expect.poll(look, PATIENCE).toBe(true);
  if (found === null) throw new Error("There is no label.");
  return found;
}

async function runChange(page: Page): Promise<void> {
  await page.keyboard.press("F1");
  const input = page.locator(".quick-input-widget input").first();
  await input.fill(">Shipgate: Run Change in Sandbox");
  await page.locator(".quick-input-widget .monaco-list-row", { hasText: "Run Change" }).click();
  await waitForLabel(page, ({ state }) => state === "running in the sandbox");
}

describe.runIf(process.platform === "linux" && engine !== null)(
  "kill -9 of the extension host",
  () => {
    test("in the middle of a run ends what it ran, and the next run in the editor is right", async () => {
      const { server, browser } = await setUpHeadless(say);
      const temporary = await makeTemporaryFolder();
      onTestFinished(() => rm(temporary, { recursive: true, force: true }));
      const { root } = await makeSample(join(temporary, "order export"), { hook: null });
      const served = await serveEditor(temporary, server, root, process.env, say);
      onTestFinished(() => served.stop());
      const opened = await openBlankPage(browser, served.origin);
      onTestFinished(() => opened.close());
      const { page } = opened;
      await page.goto(served.address);
      await waitForLabel(page, isSettled);
      const [languageServer = 0] = processesWith("dist/server.cjs", temporary);
      await runChange(page);
      await expect.poll(async () => (await leftBy(languageServer)).length, PATIENCE).not.toBe(0);

      const hosts = processesWith("--type=extensionHost", temporary);
      expect(hosts).toHaveLength(1);
      process.kill(hosts[0] ?? 0, "SIGKILL");
      await expect
        .poll(() => processesWith("dist/server.cjs", temporary).includes(languageServer), PATIENCE)
        .toBe(false);

      await page.reload();
      await waitForLabel(page, isSettled);
      await expect.poll(() => leftBy(languageServer), PATIENCE).toEqual([]);
      await runChange(page);
      const after = await waitForLabel(page, isSettled);
      const dist = { entry: "dist/cli.cjs" };
      const check = await shipgate(["-C", root, "check", "--no-run", "--format", "json"], dist);
      const { score, runs } = parseOutput("check", check.stdout) as unknown as Review;
      expect(runs?.head.end).toEqual({ reason: "exited", code: 1 });
      expect(after).toMatchObject({ score: score.value, grade: score.grade });
      expect(await shipgate(["-C", root, "journal", "verify"], dist)).toMatchObject({ code: 0 });
    }, 400_000);
  },
);
