import type { AdvisoriesFact, PackageFact } from "../fact.ts";
import type { Finding } from "../finding.ts";
import { hoursBetween } from "../instant.ts";
import { printable } from "../printable.ts";
import { arrivalFinding, nameOf, removeFix, versionFix } from "./arrival-finding.ts";
import { type Arrival, findArrivals } from "./arrivals.ts";
import type { Check, CheckInput } from "./check.ts";
import { indexFacts, type KnownAbout } from "./facts-of.ts";
import { type MinimumAge, minimumAge } from "./minimum-age.ts";

type Look = (arrival: Arrival, fact: PackageFact) => Finding | null;

/** Looks at each package that came in and that the registry knows in the version that is meant. */
function each(input: CheckInput, look: Look): readonly Finding[] {
  const about = indexFacts(input.facts);
  return findArrivals(input).flatMap((arrival) => {
    const fact = about(arrival).package;
    if (fact === null || !fact.exists || fact.versionExists !== true) return [];
    return look(arrival, fact) ?? [];
  });
}

/** The package with the version that is meant, where the change names a range only. */
function meant(arrival: Arrival, { version }: PackageFact): string {
  return nameOf({ name: arrival.name, version: arrival.version ?? version ?? null });
}

/** `dependency/too-new`: versions that were published only just now, unless they mend a weakness. */
export const findTooNew: Check = (input) => {
  const least = minimumAge(input);
  const about = indexFacts(input.facts);
  return each(input, (arrival, fact) => {
    if (fact.publishedAt === undefined || least.isExcluded(arrival.name)) return null;
    const hours = hoursBetween(fact.publishedAt, input.now ?? fact.time);
    if (hours === null || hours >= least.hours) return null;
    if (mendsSomething(about(arrival))) return null;
    return tooNewFinding(input, arrival, fact, hours, least);
  });
};

function tooNewFinding(
  input: CheckInput,
  arrival: Arrival,
  fact: PackageFact,
  hours: number,
  least: MinimumAge,
): Finding {
  const ago = hours < 0 ? "in the future" : `${agePhrase(hours)} ago`;
  const also = fact.hasInstallScript === true ? ", and runs code when it is installed" : "";
  const old = arrival.before;
  return arrivalFinding("dependency/too-new", arrival, {
    message: `${meant(arrival, fact)} was published ${ago}${also}; ${printable(least.origin)} asks for ${Math.ceil(least.hours)} hours.`,
    facts: [fact],
    fixes: old === null ? removeFix(input, arrival) : versionFix(input, arrival, old),
  });
}

function agePhrase(hours: number): string {
  if (hours < 1) return `${Math.max(1, Math.floor(hours * 60))} minutes`;
  return Math.floor(hours) === 1 ? "1 hour" : `${Math.floor(hours)} hours`;
}

/** Whether nothing is known against the new version that was known against the one it replaces. */
function mendsSomething({ advisories: is, advisoriesBefore: was }: KnownAbout): boolean {
  if (was === null || is === null) return false;
  const left = idsOf(is);
  return was.advisories.length > 0 && was.advisories.every(({ id }) => !left.has(id));
}

function idsOf({ advisories }: AdvisoriesFact): ReadonlySet<string> {
  return new Set(advisories.map(({ id }) => id));
}

/** `dependency/install-script`: what runs code at installation, and did not do so before. */
export const findInstallScripts: Check = (input) =>
  each(input, (arrival, fact) => {
    if (fact.hasInstallScript !== true || fact.before?.hasInstallScript === true) return null;
    const since = fact.before === undefined ? "" : `; ${printable(fact.before.version)} did not`;
    return arrivalFinding("dependency/install-script", arrival, {
      message: `${meant(arrival, fact)} runs code when it is installed${since}.`,
      facts: [fact],
      fixes: removeFix(input, arrival),
    });
  });

/** `dependency/deprecated`: what the publisher has given up or withdrawn. */
export const findDeprecated: Check = (input) =>
  each(input, (arrival, fact) => {
    if (fact.deprecated === undefined || fact.before?.deprecated !== undefined) return null;
    const says = fact.deprecated === "" ? "." : `: ${printable(fact.deprecated)}`;
    return arrivalFinding("dependency/deprecated", arrival, {
      message: `${meant(arrival, fact)} is deprecated${says}`,
      facts: [fact],
    });
  });

/** `dependency/provenance-downgrade`: within a major line and from the same publisher only. */
export const findProvenanceDowngrades: Check = (input) =>
  each(input, (arrival, fact) => {
    const { before, attested, publisher } = fact;
    if (fact.provenance === "invalid") {
      const message = `${meant(arrival, fact)} has an attestation of where it was built that does not hold.`;
      return arrivalFinding("dependency/provenance-downgrade", arrival, { message, facts: [fact] });
    }
    if (before?.attested !== true || attested !== false) return null;
    const major = (version: string): string => version.split(".", 1)[0] ?? "";
    if (major(before.version) !== major(fact.version ?? "")) return null;
    if (publisher !== undefined && before.publisher !== undefined && publisher !== before.publisher)
      return null;
    return arrivalFinding("dependency/provenance-downgrade", arrival, {
      message: `${meant(arrival, fact)} has no attestation of where it was built; ${printable(before.version)} has one.`,
      facts: [fact],
      fixes: versionFix(input, arrival, before.version),
    });
  });
