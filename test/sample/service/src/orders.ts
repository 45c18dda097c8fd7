import { nanoid } from "nanoid";

import { log } from "./log.ts";
import { type Currency, isCurrency } from "./payments/amount.ts";

/** An order as it was placed. */
export interface Order {
  readonly id: string;
  readonly customer: string;
  /** ISO 8601, UTC. */
  readonly placedAt: string;
  readonly totalCents: number;
  readonly currency: Currency;
}

export type NewOrder = Pick<Order, "customer" | "totalCents" | "currency">;

/** Keeps orders in memory, in the order in which they were placed. */
export class OrderStore {
  readonly #orders: Order[] = [];
  readonly #now: () => Date;

  constructor(now: () => Date = () => new Date()) {
    this.#now = now;
  }

  add(order: NewOrder): Order {
    const placed = { id: nanoid(10), ...order, placedAt: this.#now().toISOString() };
    this.#orders.push(placed);
    log("order %s placed by %s", placed.id, placed.customer);
    return placed;
  }

  list(): readonly Order[] {
    return [...this.#orders];
  }
}

/** Reads an order from a request's body; throws a TypeError that says what is wrong. */
export function parseOrder(body: unknown): NewOrder {
  if (typeof body !== "object" || body === null) throw new TypeError("Send an object.");
  const { customer, totalCents, currency } = body as Record<string, unknown>;
  if (typeof customer !== "string" || customer.trim() === "") {
    throw new TypeError("customer is missing.");
  }
  if (!Number.isSafeInteger(totalCents)) throw new TypeError("totalCents is not whole cents.");
  if (typeof currency !== "string" || !isCurrency(currency)) {
    throw new TypeError("currency is not one that we take.");
  }
  return { customer: customer.trim(), totalCents: totalCents as number, currency };
}
