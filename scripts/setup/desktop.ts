import { findProgram } from "./command.ts";

/** A machine whose user sees windows; `code` is null where VS Code is not installed. */
export interface Desktop {
  readonly code: string | null;
}

const macCode = "/Applications/Visual Studio Code.app/Contents/Resources/app/bin/code";

/**
 * Tells a desktop from a machine without one. macOS and Windows always are; Linux is where there is
 * a display and VS Code on the PATH, because a display alone may be a forwarded or virtual one.
 * `SHIPGATE_EDITOR=headless` asks for the server on any machine.
 */
export function findDesktop(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  find: (name: string) => string | null = (name) => findProgram(name, env["PATH"]),
): Desktop | null {
  if (env["SHIPGATE_EDITOR"] === "headless") return null;
  const code = find("code");
  if (platform === "darwin") return { code: code ?? find(macCode) };
  if (platform === "win32") return { code };
  const hasDisplay = (env["DISPLAY"] ?? "") !== "" || (env["WAYLAND_DISPLAY"] ?? "") !== "";
  return hasDisplay && code !== null ? { code } : null;
}
