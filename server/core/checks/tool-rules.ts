import { parse } from "yaml";
import { z } from "zod";

import { parseTomlLocated, at as under, itemsOf, stringOf } from "../../ecosystems/located.ts";
import type { RepoPath } from "../location.ts";
import { textAtBase } from "./changed-text.ts";
import type { CheckInput } from "./check.ts";

/** Configuration of GitHub's dependency-review action, and of osv-scanner. */
const REVIEW_FILES = [
  ".github/dependency-review-config.yml",
  ".github/dependency-review-config.yaml",
] as const;
const OSV_FILE = "osv-scanner.toml";

/** Files of other tools that say which packages and advisories are accepted, read as the merge base has them. */
export const RULE_FILES: readonly RepoPath[] = [...REVIEW_FILES, OSV_FILE];

const LONGEST = 256 * 1024;

export interface ReviewRules {
  readonly deniedPackages: readonly {
    readonly origin: string;
    readonly patterns: readonly string[];
  }[];
  readonly licenses: readonly {
    readonly origin: string;
    readonly allow: readonly string[] | null;
    readonly deny: readonly string[];
  }[];
  readonly allowedAdvisories: ReadonlySet<string>;
}

// The action takes lists as YAML lists or as one text with commas.
const list = z
  .union([
    z
      .string()
      .max(10_000)
      .transform((text) => text.split(",")),
    z.array(z.string()).max(1000),
  ])
  .transform((items) => items.map((item) => item.trim()).filter((item) => item !== ""))
  .optional()
  .catch(undefined);
const Review = z.looseObject({
  "allow-licenses": list,
  "deny-licenses": list,
  "deny-packages": list,
  "deny-groups": list,
  "allow-ghsas": list,
});

/** What dependency-review's configuration in the repository says; nothing where there is none. */
export function reviewRules(input: CheckInput): ReviewRules {
  for (const path of REVIEW_FILES) {
    const text = textAtBase(input, path);
    const rules = text === null || text.length > LONGEST ? undefined : readReview(text);
    if (rules === undefined) continue;
    const { "allow-licenses": allow, "deny-licenses": deny = [] } = rules;
    const groups = (rules["deny-groups"] ?? []).map((group) => `${group.replace(/\/$/u, "")}/*`);
    return {
      deniedPackages: [{ origin: path, patterns: [...(rules["deny-packages"] ?? []), ...groups] }],
      licenses: [{ origin: path, allow: allow ?? null, deny }],
      allowedAdvisories: new Set(rules["allow-ghsas"]),
    };
  }
  return { deniedPackages: [], licenses: [], allowedAdvisories: new Set() };
}

function readReview(text: string): z.infer<typeof Review> | undefined {
  try {
    const value: unknown = parse(text, { maxAliasCount: 10, logLevel: "silent" });
    return Review.safeParse(value).data;
  } catch {
    return undefined;
  }
}

/** An advisory that somebody has looked at and accepted, until a day where one is named. */
export interface AcceptedAdvisory {
  readonly id: string;
  /** YYYY-MM-DD; null: for good. */
  readonly until: string | null;
}

/** `[[IgnoredVulns]]` of osv-scanner.toml. */
export function acceptedAdvisories(input: CheckInput): readonly AcceptedAdvisory[] {
  const text = textAtBase(input, OSV_FILE);
  if (text === null || text.length > LONGEST) return [];
  try {
    return itemsOf(under(parseTomlLocated(text), "IgnoredVulns")).flatMap((entry) => {
      const id = stringOf(under(entry, "id"));
      const until = under(entry, "ignoreUntil").value;
      const day = until === undefined ? null : dayOf(until);
      return id === undefined || day === undefined ? [] : [{ id, until: day }];
    });
  } catch {
    return [];
  }
}

/** A day that cannot be read is no acceptance. */
function dayOf(value: unknown): string | undefined {
  const text = JSON.stringify(value) ?? "";
  return /\d{4}-\d{2}-\d{2}/u.exec(text)?.[0];
}
