import { commands } from "vscode";

import type { ElementQuery, ElementState, UiAnswer, UiRequest } from "./ui-request.ts";

/** Whether tests can reach the editor's page: only the launcher opens it, a desktop does not. */
export function canSeePage(): boolean {
  return process.env["HEADLESS_UI"] !== undefined;
}

/** The editor's page, as a person would use it. Every function throws with the reason when the page does not do it. */
export const ui = {
  async click(query: ElementQuery): Promise<void> {
    await ask({ action: "click", ...query });
  },
  async hover(query: ElementQuery): Promise<void> {
    await ask({ action: "hover", ...query });
  },
  /** Presses a key or a chord, in Playwright's words: `Enter`, `Control+.`. */
  async press(key: string): Promise<void> {
    await ask({ action: "press", key });
  },
  async type(text: string): Promise<void> {
    await ask({ action: "type", text });
  },
  async waitFor(query: ElementQuery, state: ElementState = "visible"): Promise<void> {
    await ask({ action: "waitFor", state, ...query });
  },
  /** Texts of all matching elements now; waits for nothing. */
  async texts(query: ElementQuery): Promise<string[]> {
    return (await ask({ action: "texts", ...query })) as string[];
  },
  /** The first matching element's text; waits for the element. */
  async text(query: ElementQuery): Promise<string> {
    await ui.waitFor(query, "attached");
    return (await ui.texts(query))[0] ?? "";
  },
  async attribute(query: ElementQuery, name: string): Promise<string | null> {
    return (await ask({ action: "attribute", name, ...query })) as string | null;
  },
  /** Saves a picture of an element under an absolute path. */
  async screenshot(query: ElementQuery, file: string, margin = 0): Promise<void> {
    await ask({ action: "screenshot", file, margin, ...query });
  },
  async setClipboard(text: string): Promise<void> {
    await ask({ action: "setClipboard", text });
  },
  async resize(width: number, height: number): Promise<void> {
    await ask({ action: "resize", width, height });
  },
  /** Messages of the notification centre, which is the only place where tests can see them. */
  async notifications(): Promise<string[]> {
    await commands.executeCommand("notifications.showList");
    return ui.texts({ selector: ".notifications-center .notification-list-item-message" });
  },
};

async function ask(request: UiRequest): Promise<unknown> {
  const url = process.env["HEADLESS_UI"];
  if (url === undefined) {
    throw new Error("HEADLESS_UI is not set: guard the test with skipWithoutPage.");
  }
  const response = await fetch(url, { method: "POST", body: JSON.stringify(request) });
  const answer = (await response.json()) as UiAnswer;
  if ("error" in answer) throw new Error(`${JSON.stringify(request)}: ${answer.error}`);
  return answer.value;
}
