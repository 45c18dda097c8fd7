import type { Finding } from "../finding.ts";
import { printable } from "../printable.ts";
import { arrivalFinding, nameOf, removeFix } from "./arrival-finding.ts";
import { type Arrival, findArrivals } from "./arrivals.ts";
import type { Check, CheckInput } from "./check.ts";
import { indexFacts } from "./facts-of.ts";
import { reviewRules } from "./tool-rules.ts";

/** `dependency/denied`: packages that the policy, or dependency-review's configuration, names. */
export const findDenied: Check = (input) => {
  const { deniedPackages } = reviewRules(input);
  const lists = [
    { origin: "the policy", patterns: input.policy.dependencies.deny },
    ...deniedPackages,
  ];
  return findArrivals(input).flatMap((arrival) => {
    const list = lists.find(({ patterns }) => patterns.some((each) => isNamed(arrival, each)));
    if (list === undefined) return [];
    return [
      arrivalFinding("dependency/denied", arrival, {
        message: `${nameOf(arrival)} is denied by ${printable(list.origin)}.`,
        fixes: removeFix(input, arrival),
      }),
    ];
  });
};

/** A pattern is a package's name, or a package URL with or without a version; `*` stands for anything. */
function isNamed({ name, purl }: Arrival, pattern: string): boolean {
  // Scopes are written plain in patterns; a package URL has them escaped.
  const plain = purl.replaceAll("%40", "@");
  const bare = plain.replace(/(?<=[^/])@[^@/]*$/u, "");
  const texts = pattern.startsWith("pkg:") ? [purl, plain, bare] : [name];
  return texts.some((text) => text === pattern || matchesWhole(text, pattern));
}

/** `*` crosses slashes here: a package's name is no path. */
function matchesWhole(text: string, pattern: string): boolean {
  if (!pattern.includes("*")) return false;
  const parts = pattern.split("*");
  const [first = "", ...rest] = parts;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const [index, part] of rest.entries()) {
    const isLast = index === rest.length - 1;
    const next = isLast ? text.length - part.length : text.indexOf(part, at);
    if (next < at || !text.startsWith(part, next)) return false;
    at = next + part.length;
  }
  return true;
}

interface LicenseTerms {
  readonly origin: string;
  readonly allow: readonly string[] | null;
  readonly deny: readonly string[];
}

/** `dependency/license`: what the registry says of the licence, held against the lists that there are. */
export const findLicenses: Check = (input) => {
  const terms = licenseTerms(input);
  if (terms.length === 0) return [];
  const about = indexFacts(input.facts);
  return findArrivals(input).flatMap((arrival) => {
    const fact = about(arrival).package;
    if (fact === null || fact.versionExists !== true) return [];
    for (const each of terms) {
      const found = licenseFinding(arrival, fact.license ?? null, each);
      if (found !== null) return [found];
    }
    return [];
  });
};

function licenseTerms(input: CheckInput): readonly LicenseTerms[] {
  const { allow, deny } = input.policy.dependencies.licenses;
  const own = { origin: "the policy", allow, deny };
  return [own, ...reviewRules(input).licenses].filter(
    (each) => each.allow !== null || each.deny.length > 0,
  );
}

function licenseFinding(
  arrival: Arrival,
  license: string | null,
  { origin, allow, deny }: LicenseTerms,
): Finding | null {
  const name = nameOf(arrival);
  if (license === null) {
    if (allow === null) return null;
    const message = `The licence of ${name} is not told by the registry; ${printable(origin)} allows only certain ones.`;
    return {
      ...arrivalFinding("dependency/license", arrival, { message, about: "unknown" }),
      kind: "unproven",
    };
  }
  const verdict = judgeLicense(license, allow, deny);
  if (verdict === "fine") return null;
  const why = verdict === "denied" ? "denies it" : "does not allow it";
  const message = `${name} comes under ${printable(license)}; ${printable(origin)} ${why}.`;
  return arrivalFinding("dependency/license", arrival, { message });
}

/**
 * An SPDX expression of ids, AND, OR, WITH and brackets: of alternatives one must be fine, of what
 * holds together all must be. What is no expression counts as one id.
 */
export function judgeLicense(
  expression: string,
  allow: readonly string[] | null,
  deny: readonly string[],
): "fine" | "denied" | "not allowed" {
  const isListed = (list: readonly string[], id: string): boolean =>
    list.some((each) => each.toLowerCase() === id.toLowerCase());
  const one = (id: string): "fine" | "denied" | "not allowed" => {
    if (isListed(deny, id)) return "denied";
    return allow === null || isListed(allow, id) ? "fine" : "not allowed";
  };
  const tokens = expression.match(/\(|\)|[^\s()]+/gu) ?? [];
  const parsed = tokens.length > 200 ? null : parseExpression(tokens, one);
  return parsed ?? one(expression);
}

type Verdict = "fine" | "denied" | "not allowed";

/** Recursive descent over at most 200 tokens; null where the text is no expression. */
function parseExpression(
  tokens: readonly string[],
  judge: (id: string) => Verdict,
): Verdict | null {
  let at = 0;
  const isNext = (word: string): boolean => tokens[at]?.toUpperCase() === word;
  const atom = (): Verdict | null => {
    const token = tokens[at];
    if (token === undefined || token === ")") return null;
    at += 1;
    if (token === "(") {
      const inner = alternatives();
      if (tokens[at] !== ")") return null;
      at += 1;
      return inner;
    }
    if (isNext("WITH")) at += 2;
    return judge(token);
  };
  const together = (): Verdict | null => {
    let verdict = atom();
    while (isNext("AND")) {
      at += 1;
      const next = atom();
      verdict = next === null || verdict === null ? null : verdict === "fine" ? next : verdict;
    }
    return verdict;
  };
  const alternatives = (): Verdict | null => {
    let verdict = together();
    while (isNext("OR")) {
      at += 1;
      const next = together();
      verdict = next === null || verdict === null ? null : verdict === "fine" ? verdict : next;
    }
    return verdict;
  };
  const verdict = alternatives();
  return at === tokens.length ? verdict : null;
}
