import type { AdvisoriesFact, Fact, PackageFact } from "../core/fact.ts";
import type { RepoPath } from "../core/location.ts";
import { ECOSYSTEMS } from "../ecosystems/ecosystems.ts";
import { escapeMarkdown } from "./hover.ts";

/** What is known about the packages that a line of a manifest or lock file names, in Markdown; null for none. */
export function packageText(
  facts: readonly Fact[],
  path: RepoPath,
  text: string,
  line: number,
): string | null {
  if (facts.length === 0) return null;
  const ecosystem = ECOSYSTEMS.find((each) => each.isManifest(path) || each.isLockfile(path));
  if (ecosystem === undefined) return null;
  const read = ecosystem.isLockfile(path) ? ecosystem.readLockfile : ecosystem.readManifest;
  const named = read(path, text).packages.filter((each) => each.line === line);
  const parts = new Set(named.flatMap(({ purl }) => factsAbout(facts, purl).map(describe)));
  return parts.size === 0 ? null : [...parts].join("\n\n");
}

/** Facts on exactly this version, or, where the line gives a range, on what it came to. */
function factsAbout(facts: readonly Fact[], purl: string): readonly Fact[] {
  const isExact = bare(purl) !== purl;
  return facts.filter((fact) => {
    const about = fact.kind === "unavailable" ? fact.subject : fact.purl;
    return isExact ? about === purl || about === bare(purl) : bare(about) === purl;
  });
}

/** A package URL without its version; the `@` of a scope is escaped in it. */
function bare(purl: string): string {
  return purl.replace(/@[^@/]*$/u, "");
}

function describe(fact: Fact): string {
  const told = `_${escapeMarkdown(fact.source)}, ${escapeMarkdown(fact.time.slice(0, 16).replace("T", " "))} UTC_`;
  switch (fact.kind) {
    case "unavailable":
      return `${fact.lacks === "package" ? "Not known" : "Advisories not known"}: ${escapeMarkdown(fact.reason)}`;
    case "advisories":
      return `${describeAdvisories(fact)}  \n${told}`;
    case "package":
      return `${describePackage(fact).join("  \n")}  \n${told}`;
  }
}

function describeAdvisories({ advisories, purl }: AdvisoriesFact): string {
  const version = escapeMarkdown(decodeURIComponent(/@([^@/]*)$/u.exec(purl)?.[1] ?? ""));
  if (advisories.length === 0) return `No advisory on record against ${version}`;
  const lines = advisories.map(({ id, summary, fixed }) => {
    const cure = fixed === null ? "" : `, fixed in ${escapeMarkdown(fixed)}`;
    return `- **${escapeMarkdown(id)}** ${escapeMarkdown(summary)}${cure}`;
  });
  return `Against ${version}:\n${lines.slice(0, 10).join("\n")}\n`;
}

function describePackage(fact: PackageFact): readonly string[] {
  if (!fact.exists) return ["**Does not exist** in the configured registry"];
  const { version, latest, publishedAt, publisher, license, deprecated, firstPublishedAt } = fact;
  const by = publisher === undefined ? "" : ` by ${escapeMarkdown(publisher)}`;
  const lines = [
    version === undefined
      ? null
      : `**${escapeMarkdown(version)}**${publishedAt === undefined ? "" : ` published ${day(publishedAt)}${by}`}`,
    latest === undefined || latest === version ? null : `Newest: ${escapeMarkdown(latest)}`,
    firstPublishedAt === undefined ? null : `First published ${day(firstPublishedAt)}`,
    fact.versionExists === false ? "**This version does not exist**" : null,
    fact.hasInstallScript === true ? "**Runs code when it is installed**" : null,
    deprecated === undefined ? null : `**Deprecated** ${escapeMarkdown(deprecated)}`,
    license === undefined ? null : `Licence: ${escapeMarkdown(license)}`,
    fact.attested === undefined ? null : `Attested build: ${fact.attested ? "yes" : "no"}`,
  ];
  return lines.filter((line) => line !== null);
}

function day(instant: string): string {
  return escapeMarkdown(instant.slice(0, 10));
}
