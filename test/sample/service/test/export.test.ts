import assert from "node:assert/strict";
import { test } from "node:test";

import { exportOrders } from "../src/export.ts";
import type { Order } from "../src/orders.ts";

const order: Order = {
  id: "o-1",
  customer: "Ada",
  placedAt: "2026-03-02T09:30:00.000Z",
  totalCents: 1250,
  currency: "EUR",
};

test("writes headers", () => {
  const [headers] = exportOrders([order]).split("\n");
  assert.equal(headers, "order,customer,placed_at,total,currency");
});

test("writes a line for each order", () => {
  const lines = exportOrders([order, { ...order, id: "o-2" }]).trimEnd().split("\n");
  assert.equal(lines.length, 3);
  assert.equal(lines[2], "o-2,Ada,2026-03-02T09:30:00.000Z,12.50,EUR");
});

test("writes one line when there are no orders", () => {
  assert.equal(exportOrders([]).trimEnd().split("\n").length, 1);
});

test("quotes cells that hold a comma or a quote", () => {
  const text = exportOrders([{ ...order, customer: 'Berg, "Joop"' }]);
  assert.equal(text.split("\n")[1], 'o-1,"Berg, ""Joop""",2026-03-02T09:30:00.000Z,12.50,EUR');
});
