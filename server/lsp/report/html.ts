import { printable } from "../../core/printable.ts";

/** Markup that may stand in a page as it is: only `html` makes it. */
export interface Html {
  readonly markup: string;
}

type Value = string | number | Html | readonly Html[];

/** Longest piece of text that a page quotes. */
const LONGEST = 20_000;

/** A template whose values are text unless they are markup themselves: nothing untrusted gets past it. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  const markup = parts.map((part, index) => part + markupOf(values[index] ?? "")).join("");
  return { markup };
}

/** No markup at all. */
export const NOTHING: Html = { markup: "" };

function markupOf(value: Value): string {
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return escapeHtml(value);
  return isList(value) ? value.map(({ markup }) => markup).join("") : value.markup;
}

function isList(value: Html | readonly Html[]): value is readonly Html[] {
  return Array.isArray(value);
}

/** Text for a page's content and for attributes in quotes; what cannot be seen is shown. */
export function escapeHtml(text: string): string {
  return text
    .slice(0, LONGEST)
    .split("\n")
    .map((line) => printable(line, LONGEST))
    .join("\n")
    .replaceAll(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}
