import { createConnection, ProposedFeatures } from "vscode-languageserver/node";

import { openGateDoor } from "./open-gate-door.ts";
import { startServer } from "./server.ts";

/** Serves the client that started this process, over what its arguments say: `--node-ipc`, `--stdio`, `--socket`. */
export function serve(): void {
  startServer(createConnection(ProposedFeatures.all), { open: openGateDoor });
}
