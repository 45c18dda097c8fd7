/** A currency that the shop takes. All of them have two decimals. */
export type Currency = "EUR" | "USD" | "GBP";

const CURRENCIES: readonly string[] = ["EUR", "USD", "GBP"];

/** Whether the shop takes a currency. */
export function isCurrency(text: string): text is Currency {
  return CURRENCIES.includes(text);
}

/** Cents as accounting wants them: always two decimals, a point, no grouping. */
export function formatAmount(cents: number): string {
  if (!Number.isSafeInteger(cents)) throw new RangeError(`${cents} is not a whole number of cents.`);
  const sign = cents < 0 ? "-" : "";
  const digits = String(Math.abs(cents)).padStart(3, "0");
  return `${sign}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
