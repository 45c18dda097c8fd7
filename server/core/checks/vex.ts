import { z } from "zod";

import type { Advisory } from "../fact.ts";
import { textAtBase } from "./changed-text.ts";
import type { CheckInput } from "./check.ts";

const text = z.string().max(2000);
const named = z.looseObject({
  "@id": text.optional(),
  identifiers: z.looseObject({ purl: text.optional() }).optional(),
});
const Product = z.union([
  text,
  named.extend({
    subcomponents: z
      .array(z.union([text, named]))
      .max(2000)
      .optional(),
  }),
]);
/** OpenVEX 0.2.0 (https://github.com/openvex/spec), as far as it is used. */
const Vex = z.looseObject({
  "@context": z.string().startsWith("https://openvex.dev/ns"),
  statements: z
    .array(
      z.looseObject({
        vulnerability: z.union([
          text,
          z.looseObject({
            name: text.optional(),
            "@id": text.optional(),
            aliases: z.array(text).max(100).optional(),
          }),
        ]),
        products: z.array(Product).max(2000).optional(),
        status: text,
      }),
    )
    .max(10_000),
});

/** Says whether a VEX document of the repository states that an advisory does not concern a package. */
export function vexSilences(input: CheckInput): (advisory: Advisory, purl: string) => boolean {
  const statements = input.policy.facts.vex.flatMap((path) => {
    const read = textAtBase(input, path);
    return read === null ? [] : (Vex.safeParse(parseJson(read)).data?.statements ?? []);
  });
  const silent = statements.filter(({ status }) => status === "not_affected" || status === "fixed");
  return ({ id, aliases }, purl) =>
    silent.some(({ vulnerability, products }) => {
      const names =
        typeof vulnerability === "string"
          ? [vulnerability]
          : [vulnerability.name, vulnerability["@id"], ...(vulnerability.aliases ?? [])];
      const isIt = names.some(
        (name) => name !== undefined && [id, ...aliases].includes(lastOf(name)),
      );
      return isIt && (products ?? []).some((product) => isAbout(product, purl));
    });
}

function isAbout(product: z.infer<typeof Product>, purl: string): boolean {
  const parts =
    typeof product === "string" ? [product] : [product, ...(product.subcomponents ?? [])];
  return parts
    .flatMap((part) => (typeof part === "string" ? [part] : [part["@id"], part.identifiers?.purl]))
    .some((name) => name === purl || name === purl.replace(/@[^@/]*$/u, ""));
}

/** An id can be written as the address of its page. */
function lastOf(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
