import { realpathSync } from "node:fs";

/**
 * What starts this program again, wherever it is called from: the Node that runs it and its file,
 * both absolute. A hook may be called with another PATH than the terminal's.
 */
export function programArguments(): readonly string[] {
  const [, script = ""] = process.argv;
  return [process.execPath, realpathSync(script)];
}
