import { setTimeout as sleep } from "node:timers/promises";

import type { Page } from "playwright-core";

import { isSettled, readTrustLabel, type TrustLabel } from "./trust-label.ts";

/** The two scores between which the sandbox ran. */
export interface Tour {
  readonly before: TrustLabel;
  readonly after: TrustLabel;
}

const statusItem = '[id="shipgate.shipgate.status"] a';
const squiggle = ".monaco-editor .cdr[class*='squiggly-']";

/**
 * Walks through the main job in a real editor, with mouse and keyboard: opens the file with the new
 * dependency, waits for squiggles and the first score, runs the sandbox from the lightbulb, waits for
 * the second score. Throws with what the editor showed instead.
 */
export async function takeTour(page: Page, say: (message: string) => void): Promise<Tour> {
  await page.locator(statusItem).waitFor({ timeout: 90_000 });
  await openFile(page, "package.json");
  const before = await waitForScore(page, isSettled, 60_000);
  await waitForSquiggle(page);
  say(`Squiggles in package.json; trust score ${describe(before)}.`);
  await runFromLightbulb(page);
  say("Running base and head in the sandbox. The first time, its image is made.");
  let isRunSeen = false;
  const after = await waitForScore(
    page,
    (label) => {
      isRunSeen ||= label.state === "running in the sandbox";
      return isSettled(label) && (isRunSeen || label.score !== before.score);
    },
    15 * 60_000,
  );
  say(`After the run: trust score ${describe(after)}.`);
  if (after.score === before.score) {
    throw new Error(`The run left the score at ${describe(after)}. ${await shownMessages(page)}`);
  }
  await openFile(page, "package.json");
  return { before, after };
}

async function openFile(page: Page, name: string): Promise<void> {
  await page.keyboard.press("Control+p");
  const input = page.locator(".quick-input-widget input");
  await input.waitFor();
  await input.fill(name);
  const row = page.locator(".quick-input-widget .monaco-list-row", { hasText: name }).first();
  await row.waitFor({ timeout: 30_000 });
  await row.click();
  await page.locator(".tab.active", { hasText: name }).waitFor({ timeout: 30_000 });
}

async function waitForSquiggle(page: Page): Promise<void> {
  try {
    await page.locator(squiggle).first().waitFor({ state: "attached", timeout: 30_000 });
  } catch (error) {
    const messages = await shownMessages(page);
    throw new Error(`No squiggle appeared in the open file. ${messages}`, { cause: error });
  }
}

async function runFromLightbulb(page: Page): Promise<void> {
  const row = page.locator(".action-widget .monaco-list-row.action", {
    hasText: /Run (?:this change )?in sandbox/u,
  });
  for (let attempt = 0; attempt < 5; attempt += 1) {
    await page.locator(squiggle).first().click({ force: true });
    await page.keyboard.press("Control+.");
    try {
      await row.first().waitFor({ timeout: 4000 });
      await row.first().click();
      return;
    } catch {
      // The findings may have been published anew between the click and the key.
      await page.keyboard.press("Escape");
    }
  }
  throw new Error(`The lightbulb does not offer the sandbox. ${await shownMessages(page)}`);
}

async function waitForScore(
  page: Page,
  isWanted: (label: TrustLabel) => boolean,
  patience: number,
): Promise<TrustLabel> {
  let text = "";
  for (let waited = 0; waited < patience; waited += 100) {
    text = (await page.locator(statusItem).first().getAttribute("aria-label")) ?? "";
    const label = readTrustLabel(text);
    if (label !== null && isWanted(label)) return label;
    if (/no container engine|could not judge/u.test(text)) break;
    await sleep(100);
  }
  throw new Error(`The status bar stayed at “${text}”. ${await shownMessages(page)}`);
}

/** What the editor told the user meanwhile. */
async function shownMessages(page: Page): Promise<string> {
  const messages = await page
    .locator(".notifications-toasts .notification-list-item-message")
    .allInnerTexts();
  return messages.length === 0 ? "It showed no message." : `It said: ${messages.join(" | ")}`;
}

function describe({ score, grade, state }: TrustLabel): string {
  return `${score} ${grade} (${state})`;
}
