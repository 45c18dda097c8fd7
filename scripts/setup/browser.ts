import { GateError } from "../../server/engine/errors.ts";
import { findProgram, installDebianPackages, isExecutable } from "./command.ts";
import { installCommand, type System } from "./system.ts";

const programs = [
  "chromium",
  "chromium-browser",
  "google-chrome-stable",
  "google-chrome",
  "chrome",
  "microsoft-edge",
];
const applications = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
];

/** A browser of the Chromium family: the one that `CHROME` names, else an installed one, else `null`. */
export function findBrowser(env: NodeJS.ProcessEnv = process.env): string | null {
  const named = env["CHROME"];
  if (named !== undefined && named !== "") {
    if (isExecutable(named)) return named;
    throw new GateError("setup-failed", `CHROME names ${named}, which cannot be started.`, {
      remedy: "Unset CHROME, or let it name the browser's executable.",
    });
  }
  for (const name of programs) {
    const file = findProgram(name, env["PATH"]);
    if (file !== null) return file;
  }
  return applications.find(isExecutable) ?? null;
}

/** Finds the browser, or installs the distribution's where that can be done without asking. */
export async function prepareBrowser(
  system: System,
  say: (message: string) => void,
): Promise<string> {
  const found = findBrowser();
  if (found !== null) return found;
  if (system.family === "debian" && system.isRoot) {
    say("Installing Chromium from the distribution.");
    await installDebianPackages(["chromium"]);
    const installed = findBrowser();
    if (installed !== null) return installed;
  }
  throw new GateError("setup-failed", "No Chromium or Chrome was found.", {
    remedy: browserAdvice(system),
  });
}

/** The exact commands that bring a browser to a system. */
export function browserAdvice(system: System): string {
  const command = installCommand(system, ["chromium"]);
  if (command !== null) return `Run: ${command}`;
  switch (system.family) {
    case "fedora":
      return "Run: sudo dnf install -y chromium";
    case "arch":
      return "Run: sudo pacman -S --needed chromium";
    case "alpine":
      return "Run: sudo apk add chromium";
    case "suse":
      return "Run: sudo zypper install -y chromium";
    case "macos":
      return "Run: brew install --cask google-chrome";
    case "windows":
      return "Run: winget install Google.Chrome";
    case "debian":
    case "other":
      return "Install Chromium or Chrome, or let CHROME name its executable.";
  }
}
