import { McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";

import { registerTools, type ToolOptions } from "./tools.ts";

const INSTRUCTIONS =
  "Shipgate judges what a branch adds to its repository. After editing files call check_change and mend what it finds; before saying that work is done call run_in_sandbox.";

/** Serves the tools over standard input and output until the client goes away or the signal is given. */
export async function serveMcp(
  options: ToolOptions & { readonly version: string; readonly signal: AbortSignal },
): Promise<void> {
  const { version, signal, log } = options;
  const handle = serveStdio(
    () => {
      const server = new McpServer(
        { name: "shipgate", title: "Shipgate", version },
        { capabilities: { tools: {} }, instructions: INSTRUCTIONS },
      );
      registerTools(server, options);
      return server;
    },
    { onerror: (error) => log.warn("A message was not understood.", { error: error.message }) },
  );
  await new Promise<void>((done) => {
    process.stdin.once("end", done).once("close", done);
    signal.addEventListener("abort", () => done(), { once: true });
  });
  await handle.close();
}
