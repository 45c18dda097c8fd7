import { createServer } from "node:http";
import { join } from "node:path";

import { describe, expect, onTestFinished, test } from "vitest";

import { openGateDoor } from "../../server/lsp/open-gate-door.ts";
import { quiet } from "../adapters/quiet-log.ts";
import { makeFolder, makeRepository } from "../adapters/scratch-repository.ts";

/** Something that answers like an engine that is not well, and tells what it was asked. */
async function listenAsEngine() {
  const asked: string[] = [];
  const first = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    first.resolve();
    response.writeHead(503).end();
  });
  const socket = join(makeFolder(), "engine.sock");
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { engineHost: `unix://${socket}`, asked, first: first.promise };
}

describe("openGateDoor", () => {
  test("sweeps the engine of a trusted workspace, and leaves it alone without trust", async () => {
    const { root } = makeRepository();
    const untrusted = await listenAsEngine();
    const trusted = await listenAsEngine();
    const { engineHost } = untrusted;
    const careful = await openGateDoor(root, { log: quiet, engineHost, trusted: false });
    const trusting = await openGateDoor(root, {
      log: quiet,
      engineHost: trusted.engineHost,
      trusted: true,
    });
    // What the first door asked would have arrived before what the second one asks.
    await trusted.first;
    expect(untrusted.asked).toEqual([]);
    await careful.close();
    await trusting.close();
  });
});
