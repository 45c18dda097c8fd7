import { prepareBrowser } from "./browser.ts";
import { findDesktop } from "./desktop.ts";
import { cacheDirectory } from "./directories.ts";
import { prepareEngine, type FoundEngine } from "./engine.ts";
import { readSystem } from "./system.ts";
import { prepareVsCodeServer, type VsCodeServer } from "./vscode.ts";

/** Where VS Code comes from: a desktop, or a server and a browser without a window. */
export type Editor =
  | { readonly kind: "desktop"; readonly code: string | null }
  | { readonly kind: "headless"; readonly server: VsCodeServer; readonly browser: string };

/** Everything that `npm start` and `npm test` need beside the packages. */
export interface Machine {
  readonly engine: FoundEngine;
  readonly editor: Editor;
}

/** Finds or installs what is needed, saying each thing in one line. Throws `no-engine`, `setup-failed`. */
export async function setUpMachine(say: (message: string) => void): Promise<Machine> {
  const engine = await setUpEngine(say);
  return { engine, editor: await setUpEditor(say) };
}

/** Finds or starts a Docker Engine. */
export async function setUpEngine(say: (message: string) => void): Promise<FoundEngine> {
  const engine = await prepareEngine(cacheDirectory(), readSystem(), say);
  say(`Docker Engine ${engine.version ?? ""} at ${engine.endpoint.host}.`.replaceAll("  ", " "));
  return engine;
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
