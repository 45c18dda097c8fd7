import type { Advisory } from "../fact.ts";
import { compareVersions } from "../osv.ts";
import { printable } from "../printable.ts";
import { arrivalFinding, nameOf, removeFix, versionFix } from "./arrival-finding.ts";
import { findArrivals } from "./arrivals.ts";
import type { Check, CheckInput } from "./check.ts";
import { indexFacts } from "./facts-of.ts";
import { acceptedAdvisories, reviewRules } from "./tool-rules.ts";
import { vexSilences } from "./vex.ts";

/** How many advisories a message names. */
const MOST_NAMED = 3;

/** `dependency/vulnerable`: advisories against the exact version, all of a package in one finding. */
export const findVulnerable: Check = (input) => {
  const about = indexFacts(input.facts);
  const isAccepted = acceptedBy(input);
  return findArrivals(input).flatMap((arrival) => {
    const fact = about(arrival).advisories;
    const against =
      fact?.advisories.filter((each) => !each.isMalicious && !isAccepted(each, fact.purl)) ?? [];
    if (fact === null || against.length === 0) return [];
    const fixed = fixedIn(against);
    const cure = fixed === null ? "" : `; fixed in ${printable(fixed)}`;
    return [
      arrivalFinding("dependency/vulnerable", arrival, {
        message: `${nameOf(arrival)} has ${listOf(against)}${cure}.`,
        facts: [fact],
        fixes: [
          ...(fixed === null ? [] : versionFix(input, arrival, fixed)),
          ...(arrival.isNew ? removeFix(input, arrival) : []),
        ],
      }),
    ];
  });
};

/** What a VEX document, osv-scanner's or dependency-review's configuration accepts. */
function acceptedBy(input: CheckInput): (advisory: Advisory, purl: string) => boolean {
  const isSilenced = vexSilences(input);
  const today = input.now?.slice(0, 10);
  const listed = new Set(
    acceptedAdvisories(input)
      .filter(({ until }) => until === null || (today !== undefined && today <= until))
      .map(({ id }) => id),
  );
  const { allowedAdvisories } = reviewRules(input);
  return (advisory, purl) =>
    isSilenced(advisory, purl) ||
    [advisory.id, ...advisory.aliases].some((id) => listed.has(id) || allowedAdvisories.has(id));
}

/** `dependency/malicious`: versions that were made to do harm. */
export const findMalicious: Check = (input) => {
  const about = indexFacts(input.facts);
  return findArrivals(input).flatMap((arrival) => {
    const fact = about(arrival).advisories;
    const against = fact?.advisories.filter(({ isMalicious }) => isMalicious) ?? [];
    if (fact === null || against.length === 0) return [];
    return [
      arrivalFinding("dependency/malicious", arrival, {
        message: `${nameOf(arrival)} is known to be malicious: ${listOf(against)}. Do not install it.`,
        facts: [fact],
        fixes: removeFix(input, arrival),
      }),
    ];
  });
};

function listOf(advisories: readonly Advisory[]): string {
  const named = advisories.slice(0, MOST_NAMED).map(({ id, summary }) => {
    const about = summary === "" ? "" : ` (${printable(summary, 80)})`;
    return `${printable(id)}${about}`;
  });
  const more = advisories.length - named.length;
  return `${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** The version that all of them are fixed in; null where one of them is not fixed at all. */
function fixedIn(advisories: readonly Advisory[]): string | null {
  const versions = advisories.map(({ fixed }) => fixed);
  const [first] = versions;
  if (first === undefined || versions.includes(null)) return null;
  return (
    versions.reduce((most, each) => (compareVersions(each ?? "", most ?? "") > 0 ? each : most)) ??
    null
  );
}
