import { delimiter, dirname } from "node:path";

import type { Editor } from "../../scripts/setup/setup.ts";

/** What the launcher reads from its environment; nothing on a desktop, which does without it. */
export function editorVariables(editor: Editor): Record<string, string> {
  if (editor.kind === "desktop") return {};
  return {
    CHROME: editor.browser,
    SHIPGATE_VSCODE_SERVER: editor.server.directory,
    SHIPGATE_VSCODE_NODE: editor.server.node,
    // The launcher is started by its first line, which takes the first Node on the PATH.
    PATH: [dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter),
  };
}
