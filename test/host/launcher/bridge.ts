import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import type { UiAnswer, UiRequest } from "../ui-request.ts";

/** The door through which tests in the extension host reach the page. */
export interface Bridge {
  /** Loopback address with the secret in its path: for the extension host's environment. */
  readonly url: string;
  close(): void;
}

const longestRequest = 1_000_000;

/** Opens the bridge; requests are answered one after the other. */
export async function openBridge(
  perform: (request: UiRequest) => Promise<unknown>,
): Promise<Bridge> {
  const path = `/${randomBytes(24).toString("hex")}`;
  let queue: Promise<unknown> = Promise.resolve();
  const server = createServer((request, response) => {
    if (!isAllowed(request, path)) {
      answer(response, 403, { error: "Not for you." });
      return;
    }
    queue = queue.then(async () => handle(request, response, perform));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${path}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A page in any browser of this machine can reach loopback: it must know the path, and not be a page. */
function isAllowed(request: IncomingMessage, path: string): boolean {
  const given = Buffer.from(request.url ?? "");
  const wanted = Buffer.from(path);
  const isSecretRight = given.length === wanted.length && timingSafeEqual(given, wanted);
  return isSecretRight && request.method === "POST" && request.headers.origin === undefined;
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  perform: (request: UiRequest) => Promise<unknown>,
): Promise<void> {
  try {
    const asked = JSON.parse(await readBody(request)) as UiRequest;
    answer(response, 200, { value: (await perform(asked)) ?? null });
  } catch (error) {
    answer(response, 200, { error: error instanceof Error ? error.message : String(error) });
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > longestRequest) throw new Error("The request is too long.");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function answer(response: ServerResponse, status: number, body: UiAnswer): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
