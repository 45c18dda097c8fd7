/** A project name in the normal form of PEP 503: lower case, runs of `-`, `_` and `.` become one `-`. */
export function normalizeName(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, "-");
}

/** A requirement of PEP 508, split into its parts; null where the text is none. */
export interface Requirement {
  readonly name: string;
  /** The version specifiers as written, empty where any version will do. */
  readonly specifiers: string;
  /** Where it comes from when not from an index: the part behind `@`. */
  readonly url: string | null;
}

const REQUIREMENT =
  /^([A-Za-z0-9](?:[A-Za-z0-9._-]{0,200}[A-Za-z0-9])?)\s*(?:\[[^\]]{0,500}\])?\s*(?:@\s*([^\s;]{1,2000})|\(?([^;()]{0,500})\)?)?\s*(?:;.{0,2000})?$/;

/** Reads one PEP 508 requirement. */
export function parseRequirement(text: string): Requirement | null {
  // Runs of blanks are folded first: the pattern would take cubic time on them.
  const match = REQUIREMENT.exec(text.replaceAll(/\s+/g, " ").trim());
  if (!match?.[1]) return null;
  const specifiers = (match[3] ?? "").trim();
  if (specifiers !== "" && !/^[<>=!~]/.test(specifiers)) return null;
  return { name: match[1], specifiers, url: match[2] ?? null };
}

/** The version of a specifier that allows exactly one, else null. */
export function pinnedVersion(specifiers: string): string | null {
  return /^={2,3}\s*([^\s,*]{1,100})$/.exec(specifiers)?.[1] ?? null;
}
