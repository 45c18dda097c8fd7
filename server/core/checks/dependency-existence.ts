import { ECOSYSTEMS } from "../../ecosystems/ecosystems.ts";
import type { PackageFact } from "../fact.ts";
import type { Finding } from "../finding.ts";
import { hoursBetween } from "../instant.ts";
import { printable } from "../printable.ts";
import { arrivalFinding, nameOf, removeFix, renameFix } from "./arrival-finding.ts";
import { type Arrival, findArrivals } from "./arrivals.ts";
import { textAtHead, textBefore } from "./changed-text.ts";
import type { Check, CheckInput } from "./check.ts";
import { indexFacts } from "./facts-of.ts";
import { imitatedName, meantName, namesToCompare } from "./lookalike.ts";

/** A name that has been in use for so long is what it is, whatever it resembles. */
const ESTABLISHED_HOURS = 365 * 24;

/** `dependency/does-not-exist`: names and versions that the configured registry does not know. */
export const findNonexistent: Check = (input) => {
  const about = indexFacts(input.facts);
  return findArrivals(input).flatMap((arrival) => {
    const fact = about(arrival).package;
    if (fact === null) return [];
    if (!fact.exists) return [missingName(input, arrival, fact)];
    return fact.versionExists === false || isUnmet(arrival, fact)
      ? [missingVersion(input, arrival, fact)]
      : [];
  });
};

/** A range that no published version is in. */
function isUnmet({ ecosystem, range }: Arrival, { version }: PackageFact): boolean {
  return version === undefined && ecosystem === "npm" && range !== null && /\d/u.test(range);
}

function missingName(input: CheckInput, arrival: Arrival, fact: PackageFact): Finding {
  const meant = meantName(arrival.name, ownNames(input, arrival));
  const hint = meant === null ? "" : `; did you mean ${printable(meant)}`;
  const name = printable(arrival.name);
  return arrivalFinding("dependency/does-not-exist", arrival, {
    message: `${name} does not exist in the configured registry${hint}${meant === null ? "." : "?"}`,
    facts: [fact],
    fixes: [
      ...(meant === null ? [] : renameFix(input, arrival, meant)),
      ...removeFix(input, arrival),
    ],
  });
}

function missingVersion(input: CheckInput, arrival: Arrival, fact: PackageFact): Finding {
  const { latest } = fact;
  const what = arrival.version ?? arrival.range ?? "";
  const newest = latest === undefined ? "" : `; the newest is ${printable(latest)}`;
  return arrivalFinding("dependency/does-not-exist", arrival, {
    message: `The registry has ${printable(arrival.name)} but no version ${printable(what)} of it${newest}.`,
    about: "version",
    facts: [fact],
    remedy: "Use a version that exists; the lock file must come from the package manager.",
    fixes: removeFix(input, arrival),
  });
}

/** `dependency/name-lookalike`: new names that imitate one that is in use, unless established themselves. */
export const findLookalikes: Check = (input) => {
  const about = indexFacts(input.facts);
  return findArrivals(input).flatMap((arrival) => {
    if (!arrival.isNew) return [];
    const meant = imitatedName(arrival.name, ownNames(input, arrival));
    const fact = about(arrival).package;
    if (meant === null || fact?.exists === false || isEstablished(input, fact)) return [];
    const told = fact?.firstPublishedAt;
    const since = told === undefined ? "" : ` and was first published on ${told.slice(0, 10)}`;
    return [
      arrivalFinding("dependency/name-lookalike", arrival, {
        message: `${nameOf(arrival)} looks like ${printable(meant)}${since}.`,
        facts: fact === null ? [] : [fact],
        fixes: [...renameFix(input, arrival, meant), ...removeFix(input, arrival)],
      }),
    ];
  });
};

function isEstablished({ now }: CheckInput, fact: PackageFact | null): boolean {
  if (fact?.firstPublishedAt === undefined) return false;
  const hours = hoursBetween(fact.firstPublishedAt, now ?? fact.time);
  return hours !== null && hours >= ESTABLISHED_HOURS;
}

/** Names that the project had before the change, and those that many projects have. */
function ownNames(input: CheckInput, { ecosystem, name }: Arrival): ReadonlySet<string> {
  const reader = ECOSYSTEMS.find((each) => each.name === ecosystem);
  const before = input.change.files.map((file): [string, string | null] => [
    file.before?.path ?? "",
    textBefore(input, file),
  ]);
  const unchanged = [...input.context.keys()].map((path): [string, string | null] => [
    path,
    textAtHead(input, path),
  ]);
  const names = [...before, ...unchanged].flatMap(([path, text]) =>
    text === null || reader === undefined || !reader.isManifest(path)
      ? []
      : reader.readManifest(path, text).packages.map((each) => each.name),
  );
  return namesToCompare(
    ecosystem,
    names.filter((each) => each !== name),
  );
}
