import { ECOSYSTEMS } from "../../ecosystems/ecosystems.ts";
import { splitLines } from "../diff.ts";
import { addressOf } from "../digest.ts";
import type { Fact } from "../fact.ts";
import type { Finding, Fix } from "../finding.ts";
import { printable } from "../printable.ts";
import type { RuleId } from "../rules.ts";
import type { Arrival } from "./arrivals.ts";
import { textAtHead } from "./changed-text.ts";
import { type CheckInput, finding } from "./check.ts";
import { removalOf } from "./dependency-added.ts";

/** What a check says about a package that came in. */
export interface Told {
  readonly message: string;
  /** What the finding is about where a rule can have several on one package. */
  readonly about?: string;
  readonly remedy?: string;
  readonly facts?: readonly Fact[];
  readonly fixes?: readonly Fix[];
}

/** A finding at the line that names a package, with the other places that name it. */
export function arrivalFinding(rule: RuleId, arrival: Arrival, told: Told): Finding {
  const { name, location, alsoAt } = arrival;
  return finding({
    rule,
    subject: told.about === undefined ? name : `${name} ${told.about}`,
    message: told.message,
    location,
    related: alsoAt.map((place) => ({ location: place, message: "It is named here, too." })),
    evidence: (told.facts ?? []).map(addressOf),
    fixes: told.fixes ?? [],
    ...(told.remedy !== undefined && { remedy: told.remedy }),
  });
}

/** A package as messages name it: with its version where there is one. */
export function nameOf({ name, version }: Pick<Arrival, "name" | "version">): string {
  return printable(version === null ? name : `${name}@${version}`);
}

/** The fix that takes the package out of its manifest. */
export function removeFix(input: CheckInput, arrival: Arrival): readonly Fix[] {
  const { path } = arrival.location;
  const ecosystem = ECOSYSTEMS.find(({ name }) => name === arrival.ecosystem);
  if (ecosystem === undefined || !ecosystem.isManifest(path)) return [];
  return removalOf(ecosystem, path, textAtHead(input, path), arrival.package);
}

/** The fix that puts another name in the place of the package's. */
export function renameFix(input: CheckInput, arrival: Arrival, name: string): readonly Fix[] {
  if (arrival.package.alias !== undefined) return [];
  const title = `Use ${printable(name)}`;
  return replaceFix(input, arrival, { title, old: arrival.name, new: name });
}

/** The fix that puts another version, or one where a range was, in the manifest. */
export function versionFix(input: CheckInput, arrival: Arrival, version: string): readonly Fix[] {
  const { range, ecosystem } = arrival;
  if (range === null || range === "") return [];
  const text = ecosystem === "pypi" ? `==${version}` : version;
  if (text === range) return [];
  const title = `Use ${printable(arrival.name)} ${printable(version)}`;
  return replaceFix(input, arrival, { title, old: range, new: text });
}

/** Replaces a text that stands exactly once on the package's line of its manifest. */
function replaceFix(
  input: CheckInput,
  { location }: Arrival,
  edit: { readonly title: string; readonly old: string; readonly new: string },
): readonly Fix[] {
  const { path, startLine } = location;
  if (!ECOSYSTEMS.some((each) => each.isManifest(path))) return [];
  const line = splitLines(textAtHead(input, path) ?? "")[startLine - 1] ?? "";
  const places = placesOf(line, edit.old);
  const [start] = places;
  if (start === undefined || places.length > 1) return [];
  const startColumn = start + 1;
  const place = { path, startLine, startColumn, endLine: startLine };
  const endColumn = startColumn + edit.old.length;
  const edits = [{ location: { ...place, endColumn }, newText: edit.new }];
  return [{ title: edit.title, edits }];
}

/** Where a text stands in a line, not as a part of a longer name or number. */
function placesOf(line: string, text: string): readonly number[] {
  const isPart = (unit: string | undefined): boolean => unit !== undefined && /[\w@/-]/u.test(unit);
  const places: number[] = [];
  for (let at = line.indexOf(text); at !== -1; at = line.indexOf(text, at + 1)) {
    const isWhole =
      !(isPart(line[at - 1]) && isPart(text[0])) &&
      !(isPart(line[at + text.length]) && isPart(text.at(-1)));
    if (isWhole) places.push(at);
  }
  return places;
}
