import assert from "node:assert/strict";
import { test } from "node:test";

import { formatAmount, isCurrency } from "../src/payments/amount.ts";

test("always shows two decimals", () => {
  assert.equal(formatAmount(1250), "12.50");
  assert.equal(formatAmount(5), "0.05");
  assert.equal(formatAmount(0), "0.00");
});

test("keeps the sign of a refund", () => {
  assert.equal(formatAmount(-990), "-9.90");
});

test("refuses fractions of a cent", () => {
  assert.throws(() => formatAmount(10.5), RangeError);
});

test("takes three currencies", () => {
  assert.ok(["EUR", "USD", "GBP"].every(isCurrency));
  assert.ok(!isCurrency("XXX"));
});
