import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Settings that make the editor quiet, the same on every machine, and fit to be compared. */
export const quietSettings: Readonly<Record<string, unknown>> = {
  "files.autoSave": "off",
  "chat.disableAIFeatures": true,
  "chat.commandCenter.enabled": false,
  "editor.cursorBlinking": "solid",
  "editor.minimap.enabled": false,
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  "extensions.ignoreRecommendations": true,
  "git.autofetch": false,
  "git.blame.statusBarItem.enabled": false,
  "git.openRepositoryInParentFolders": "never",
  // Schemas come from the network; without one, VS Code itself puts a warning into package.json.
  "json.schemaDownload.enable": false,
  "security.workspace.trust.enabled": false,
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "window.commandCenter": false,
  "workbench.colorTheme": "Default Dark Modern",
  "workbench.enableExperiments": false,
  "workbench.layoutControl.enabled": false,
  "workbench.reduceMotion": "on",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.welcomePage.walkthroughs.openOnInstall": false,
};

/** Writes the settings of a fresh user-data folder. */
export async function seedSettings(
  userData: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const folder = join(userData, "User");
  await mkdir(folder, { recursive: true });
  const settings = { ...quietSettings, ...more };
  await writeFile(join(folder, "settings.json"), `${JSON.stringify(settings, null, 2)}\n`);
}
