import { type Disposable, workspace } from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";

import { TrustGranted } from "../server/protocol.ts";

/** Whether the person trusts the workspace: told to the server at its start. */
export function isTrusted(): boolean {
  return workspace.isTrusted;
}

/** Tells the running server when the person grants trust. */
export function forwardTrust(client: LanguageClient): Disposable {
  return workspace.onDidGrantWorkspaceTrust(() => {
    void client.sendNotification(TrustGranted);
  });
}
