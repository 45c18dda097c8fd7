import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { onTestFinished } from "vitest";

export interface Loopback {
  readonly url: string;
  readonly requests: { readonly path: string; readonly authorization: string | undefined }[];
}

/** A server on loopback for one test, with what it was asked for. */
export async function serve(
  answer: (path: string, response: ServerResponse, request: IncomingMessage) => unknown,
): Promise<Loopback> {
  const requests: Loopback["requests"] = [];
  const server = createServer((request, response) => {
    requests.push({ path: request.url ?? "", authorization: request.headers.authorization });
    answer(request.url ?? "", response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, requests };
}

/** Answers with JSON. */
export function json(response: ServerResponse, value: unknown, type = "application/json"): void {
  response.setHeader("content-type", type);
  response.end(JSON.stringify(value));
}
