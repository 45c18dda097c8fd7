import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";

import { onTestFinished } from "vitest";

import { makeFolder } from "../adapters/scratch-repository.ts";

/** A unix socket that leads to another one, until it is cut. */
export async function makeProxy(target: string): Promise<{ path: string; cut: () => void }> {
  const path = join(makeFolder(), "engine.sock");
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const engine = connect({ path: target, allowHalfOpen: true });
    for (const [from, to] of [
      [client, engine],
      [engine, client],
    ] as const) {
      sockets.add(from);
      from.on("error", () => to.destroy());
      from.pipe(to);
    }
  });
  const cut = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(cut);
  return { path, cut };
}
