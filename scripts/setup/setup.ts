import { prepareBrowser } from "./browser.ts";
import { findDesktop } from "./desktop.ts";
import { cacheDirectory } from "./directories.ts";
import { describeEngine, type FoundEngine, prepareEngine } from "./engine.ts";
import { prepareRegistryTools } from "./registry.ts";
import { readSystem } from "./system.ts";
import { prepareVsCodeServer, type VsCodeServer } from "./vscode.ts";

/** Where VS Code comes from: a desktop, or a server and a browser without a window. */
export type Editor =
  | { readonly kind: "desktop"; readonly code: string | null }
  | { readonly kind: "headless"; readonly server: VsCodeServer; readonly browser: string };

/** Finds or starts a Docker Engine. */
export async function setUpEngine(say: (message: string) => void): Promise<FoundEngine> {
  const engine = await prepareEngine(cacheDirectory(), readSystem(), say);
  say(describeEngine(engine));
  return engine;
}

/** Finds or installs what shipping is tested against. */
export async function setUpRegistryTools(say: (message: string) => void): Promise<void> {
  await prepareRegistryTools(readSystem(), say);
}

/** Finds a desktop VS Code's machine, else prepares the server and the browser. */
export async function setUpEditor(say: (message: string) => void): Promise<Editor> {
  const desktop = findDesktop();
  if (desktop !== null) {
    say(
      `Desktop VS Code${desktop.code === null ? " (downloaded for tests)" : ` at ${desktop.code}`}.`,
    );
    return { kind: "desktop", code: desktop.code };
  }
  return setUpHeadless(say);
}

/** Prepares the VS Code server and the browser that work without a window. */
export async function setUpHeadless(
  say: (message: string) => void,
): Promise<Extract<Editor, { kind: "headless" }>> {
  const system = readSystem();
  const browser = await prepareBrowser(system, say);
  const server = await prepareVsCodeServer(cacheDirectory(), system, say);
  say(`VS Code server in ${server.directory}, browser ${browser}.`);
  return { kind: "headless", server, browser };
}
