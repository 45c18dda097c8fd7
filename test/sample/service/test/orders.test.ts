import assert from "node:assert/strict";
import { test } from "node:test";

import { OrderStore, parseOrder } from "../src/orders.ts";

const now = () => new Date("2026-03-02T09:30:00Z");

test("gives each order its own id", () => {
  const store = new OrderStore(now);
  const first = store.add({ customer: "Ada", totalCents: 100, currency: "EUR" });
  const second = store.add({ customer: "Ada", totalCents: 100, currency: "EUR" });
  assert.notEqual(first.id, second.id);
});

test("lists orders in the order in which they were placed", () => {
  const store = new OrderStore(now);
  store.add({ customer: "Ada", totalCents: 100, currency: "EUR" });
  store.add({ customer: "Joop", totalCents: 200, currency: "USD" });
  assert.deepEqual(
    store.list().map((order) => order.customer),
    ["Ada", "Joop"],
  );
});

test("refuses an order without a customer", () => {
  assert.throws(() => parseOrder({ customer: " ", totalCents: 1, currency: "EUR" }), TypeError);
});

test("refuses an order in a currency that the shop does not take", () => {
  assert.throws(() => parseOrder({ customer: "Ada", totalCents: 1, currency: "XXX" }), TypeError);
});
