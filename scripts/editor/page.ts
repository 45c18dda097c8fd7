import { chromium, type Browser, type Page } from "playwright-core";

/** A page in a browser without a window, shut together with it. */
export interface EditorPage {
  readonly page: Page;
  close(): Promise<void>;
}

/** Opens a blank page that is ready for the editor: a fixed size, a clipboard, nothing else of the browser awake. */
export async function openBlankPage(executable: string, origin: string): Promise<EditorPage> {
  const browser: Browser = await chromium.launch({
    executablePath: executable,
    headless: true,
    args: [
      // As root there is no user namespace for the browser's own sandbox; the page is our own server.
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
    // Playwright's own handlers end this process at once and leave the server behind.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
  try {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      deviceScaleFactor: 2,
      reducedMotion: "reduce",
      locale: "en-GB",
    });
    await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin });
    const page = await context.newPage();
    return { page, close: async () => browser.close() };
  } catch (error) {
    await browser.close();
    throw error;
  }
}

/** The address of a folder in a served editor. */
export function editorAddress(
  authority: string,
  token: string,
  folder: string | null,
  payload: readonly (readonly [string, string])[] = [],
): string {
  const address = new URL(`http://${authority}/`);
  address.searchParams.set("tkn", token);
  if (folder !== null) address.searchParams.set("folder", folder);
  if (payload.length > 0) address.searchParams.set("payload", JSON.stringify(payload));
  return address.href;
}
