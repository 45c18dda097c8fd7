import { createServer } from "node:http";
import { join } from "node:path";

import { describe, expect, onTestFinished, test } from "vitest";

import { sha256Digest } from "../../server/core/digest.ts";
import { openGateDoor } from "../../server/lsp/open-gate-door.ts";
import { openGate } from "../../server/wire.ts";
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

describe("pastVerdicts", () => {
  test("has the verdicts of one branch, oldest first", async () => {
    const { root } = makeRepository();
    const { ports } = await openGate(root, { log: quiet });
    const verdict = { kind: "verdict", change: sha256Digest("c") } as const;
    await ports.journal.append({ ...verdict, status: "fail", score: 32, branch: "feature" });
    await ports.journal.append({ ...verdict, status: "pass", score: 95, branch: "other" });
    await ports.journal.append({ ...verdict, status: "pass", score: 60 });
    await ports.journal.append({ ...verdict, status: "pass", score: 91, branch: "feature" });
    const options = { log: quiet, engineHost: null, trusted: false };
    const door = await openGateDoor(root, options);
    const past = await door.pastVerdicts("feature");
    expect(past.map(({ status, score }) => [status, score])).toEqual([
      ["fail", 32],
      ["pass", 91],
    ]);
    expect(await door.pastVerdicts(null)).toEqual([]);
  });
});
