import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

import { exportOrders } from "./export.ts";
import { log } from "./log.ts";
import { OrderStore, parseOrder } from "./orders.ts";

const LARGEST_BODY = 64 * 1024;

/** The HTTP service over a store of orders. */
export function createService(store: OrderStore): Server {
  return createServer((request, response) => {
    answer(store, request, response).catch((error: unknown) => {
      log("failed: %o", error);
      if (!response.headersSent) send(response, 500, { error: "Something went wrong." });
    });
  });
}

async function answer(store: OrderStore, request: IncomingMessage, response: ServerResponse) {
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  log("%s %s", request.method, pathname);
  switch (`${request.method} ${pathname}`) {
    case "GET /health":
      return send(response, 200, { status: "ok" });
    case "GET /orders":
      return send(response, 200, store.list());
    case "POST /orders":
      return await addOrder(store, request, response);
    case "GET /orders.csv":
      response.writeHead(200, { "content-type": "text/csv; charset=utf-8" });
      return response.end(exportOrders(store.list()));
    default:
      return send(response, 404, { error: "There is nothing here." });
  }
}

async function addOrder(store: OrderStore, request: IncomingMessage, response: ServerResponse) {
  try {
    return send(response, 201, store.add(parseOrder(JSON.parse(await readBody(request)))));
  } catch (error) {
    if (error instanceof TypeError || error instanceof SyntaxError) {
      return send(response, 400, { error: error.message });
    }
    throw error;
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) {
    body += chunk;
    if (body.length > LARGEST_BODY) throw new TypeError("The body is too large.");
  }
  return body;
}

function send(response: ServerResponse, status: number, body: unknown) {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

if (import.meta.main) {
  const port = Number(process.env["PORT"] ?? 8080);
  createService(new OrderStore()).listen(port, "127.0.0.1", () => log("listening on %d", port));
}
