import type { UnavailableFact } from "../fact.ts";
import type { Finding } from "../finding.ts";
import { printable } from "../printable.ts";
import { type Arrival, findArrivals } from "./arrivals.ts";
import { type Check, finding } from "./check.ts";

/** `dependency/facts-missing`: what could not be learnt, once for each reason, at the first package. */
export const findMissingFacts: Check = (input) => {
  const missing = input.facts.filter((fact) => fact.kind === "unavailable");
  const arrivals = new Map(findArrivals(input).map((each) => [each.purl, each]));
  const groups = Map.groupBy(missing, ({ lacks, reason }) => `${lacks} ${reason}`);
  return [...groups.values()].flatMap((group) => {
    const places = group.flatMap(({ subject }) => arrivals.get(subject) ?? []);
    return missingFinding(group, places);
  });
};

function missingFinding(
  group: readonly UnavailableFact[],
  places: readonly Arrival[],
): readonly Finding[] {
  const [fact] = group;
  const [first, ...rest] = places;
  if (fact === undefined || first === undefined) return [];
  const names = [...new Set(places.map(({ name }) => name))];
  const shown = names.slice(0, 3).map((name) => printable(name));
  const more = names.length > shown.length ? ` and ${names.length - shown.length} more` : "";
  const what = fact.lacks === "advisories" ? "Advisories about" : "Facts about";
  return [
    finding({
      rule: "dependency/facts-missing",
      kind: "unproven",
      subject: `${fact.lacks} ${fact.source}`,
      message: `${what} ${shown.join(", ")}${more} are missing: ${printable(fact.reason, 400)}`,
      location: first.location,
      related: rest.slice(0, 10).map(({ location, name }) => ({
        location,
        message: `They are missing for ${printable(name)}, too.`,
      })),
    }),
  ];
}
