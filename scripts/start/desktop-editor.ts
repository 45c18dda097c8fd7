import { spawn } from "node:child_process";
import { join } from "node:path";

import { downloadAndUnzipVSCode } from "@vscode/test-electron";

import { seedSettings } from "../editor/settings.ts";
import { repositoryRoot } from "../setup/directories.ts";

/** Opens the desktop's VS Code, with a profile of its own, and waits until its window is closed. */
export async function openDesktopEditor(
  temporary: string,
  code: string | null,
  folder: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<void> {
  const userData = join(temporary, "user-data");
  await seedSettings(userData);
  const program = code ?? (await downloadAndUnzipVSCode());
  const args = [
    "--new-window",
    "--wait",
    `--extensionDevelopmentPath=${repositoryRoot}`,
    `--user-data-dir=${userData}`,
    `--extensions-dir=${join(temporary, "extensions")}`,
    folder,
  ];
  await new Promise<void>((resolve, reject) => {
    const child = spawn(program, args, { env, signal, stdio: "ignore" });
    child.on("error", (error) => (signal.aborted ? resolve() : reject(error)));
    child.on("close", () => resolve());
  });
}
