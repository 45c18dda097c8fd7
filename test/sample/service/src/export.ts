import type { Order } from "./orders.ts";
import { formatAmount } from "./payments/amount.ts";

const HEADERS = ["order", "customer", "placed_at", "total", "currency"];

/** Orders as CSV (RFC 4180 with \n): the columns are agreed with accounting. */
export function exportOrders(orders: readonly Order[]): string {
  const rows = orders.map((order) => [
    order.id,
    order.customer,
    order.placedAt,
    formatAmount(order.totalCents),
    order.currency,
  ]);
  return [HEADERS, ...rows].map((row) => `${row.map(quote).join(",")}\n`).join("");
}

function quote(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
