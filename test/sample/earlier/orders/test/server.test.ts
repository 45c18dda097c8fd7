import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";

import { OrderStore } from "../src/orders.ts";
import { createService } from "../src/server.ts";

const service = createService(new OrderStore());
let origin = "";

before(async () => {
  service.listen(0, "127.0.0.1");
  await once(service, "listening");
  origin = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
});

after(() => {
  service.closeAllConnections();
  service.close();
});

test("takes an order and lists it", async () => {
  const body = JSON.stringify({ customer: "Ada", totalCents: 1250, currency: "EUR" });
  const answer = await fetch(`${origin}/orders`, { method: "POST", body });
  assert.equal(answer.status, 201);
  const orders = (await (await fetch(`${origin}/orders`)).json()) as { customer: string }[];
  assert.deepEqual(
    orders.map((order) => order.customer),
    ["Ada"],
  );
});

test("says what is wrong with an order", async () => {
  const answer = await fetch(`${origin}/orders`, { method: "POST", body: "{}" });
  assert.equal(answer.status, 400);
  assert.deepEqual(await answer.json(), { error: "customer is missing." });
});

test("answers 404 where there is nothing", async () => {
  assert.equal((await fetch(`${origin}/nothing`)).status, 404);
});
