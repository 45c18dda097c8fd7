import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";

import type { Frame, Locator, Page } from "playwright-core";

import type { ElementQuery, UiRequest } from "../ui-request.ts";

const patience = 30_000;

/** Does on the page what a test asks, and gives the value that it asked for. */
export async function perform(page: Page, request: UiRequest): Promise<unknown> {
  switch (request.action) {
    case "click":
      return (await find(page, request)).first().click({ timeout: request.timeout ?? patience });
    case "hover":
      return (await find(page, request)).first().hover({ timeout: request.timeout ?? patience });
    case "waitFor":
      return (await find(page, request))
        .first()
        .waitFor({ state: request.state, timeout: request.timeout ?? patience });
    case "texts":
      return (await find(page, request)).allInnerTexts();
    case "attribute":
      return (await find(page, request))
        .first()
        .getAttribute(request.name, { timeout: request.timeout ?? patience });
    case "screenshot":
      return screenshot(page, (await find(page, request)).first(), request);
    case "press":
      return page.keyboard.press(request.key);
    case "type":
      return page.keyboard.type(request.text);
    case "setClipboard":
      return page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(request.text)})`);
    case "resize":
      return page.setViewportSize({ width: request.width, height: request.height });
  }
}

async function find(page: Page, query: ElementQuery): Promise<Locator> {
  const place =
    query.frame === undefined ? page : await findFrame(page, query.frame, query.timeout);
  const options = query.hasText === undefined ? {} : { hasText: query.hasText };
  return place.locator(query.selector, options);
}

/** Waits for a frame by its address. With several, the innermost has the content. */
async function findFrame(page: Page, address: string, timeout = patience): Promise<Frame> {
  for (let waited = 0; waited < timeout; waited += 100) {
    const frame = page.frames().findLast((candidate) => candidate.url().includes(address));
    if (frame !== undefined) return frame;
    await page.waitForTimeout(100);
  }
  const addresses = page.frames().map((frame) => frame.url());
  throw new Error(`No frame has ${address} in its address: ${addresses.join(", ")}`);
}

async function screenshot(
  page: Page,
  element: Locator,
  request: Extract<UiRequest, { action: "screenshot" }>,
): Promise<void> {
  await mkdir(dirname(request.file), { recursive: true });
  await element.waitFor({ state: "visible", timeout: request.timeout ?? patience });
  const box = await element.boundingBox();
  if (box === null) throw new Error(`${request.selector} is not on the page.`);
  const view = page.viewportSize() ?? { width: box.x + box.width, height: box.y + box.height };
  const left = Math.max(0, box.x - request.margin);
  const top = Math.max(0, box.y - request.margin);
  const clip = {
    x: left,
    y: top,
    width: Math.min(view.width, box.x + box.width + request.margin) - left,
    height: Math.min(view.height, box.y + box.height + request.margin) - top,
  };
  await page.screenshot({ path: request.file, clip, animations: "disabled", caret: "initial" });
}
