import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { editorAddress } from "../editor/page.ts";
import { seedSettings } from "../editor/settings.ts";
import { installExtension, startServer } from "../editor/vscode-server.ts";
import { packExtension } from "../editor/vsix.ts";
import type { VsCodeServer } from "../setup/vscode.ts";

/** VS Code on loopback with the extension installed, as a user would have it. */
export interface ServedEditor {
  readonly address: string;
  readonly origin: string;
  readonly ended: Promise<number | null>;
  stop(): Promise<void>;
}

/** Packs and installs the extension, and serves the editor on a folder. */
export async function serveEditor(
  temporary: string,
  server: VsCodeServer,
  folder: string,
  env: NodeJS.ProcessEnv,
  say: (message: string) => void,
): Promise<ServedEditor> {
  const userData = join(temporary, "user-data");
  const extensions = join(temporary, "extensions");
  await mkdir(extensions, { recursive: true });
  await seedSettings(userData);
  const place = { server, temporary, userData, extensions, env };
  say("Packing and installing the extension.");
  const vsix = join(temporary, "shipgate.vsix");
  await packExtension(vsix);
  await installExtension(place, vsix);
  const running = await startServer({ ...place, isTestDriver: false, log: () => undefined });
  return {
    address: editorAddress(running.authority, running.token, folder),
    origin: `http://${running.authority}`,
    ended: running.ended,
    stop: async () => running.stop(),
  };
}
