import { parse } from "yaml";
import { z } from "zod";

import type { RepoPath } from "../location.ts";
import { matchesGlob } from "../policy/glob.ts";
import { PRESETS } from "../policy/presets.ts";
import { textAtBase } from "./changed-text.ts";
import type { CheckInput } from "./check.ts";

/** For how long a version must have been public, and who says so. */
export interface MinimumAge {
  readonly hours: number;
  /** Where the value comes from, as messages name it. */
  readonly origin: string;
  readonly isExcluded: (name: string) => boolean;
}

/** Files of other tools that say how old a version must be, read as the merge base has them. */
export const AGE_FILES: readonly RepoPath[] = [
  "pnpm-workspace.yaml",
  ".npmrc",
  ".github/dependabot.yml",
  ".github/dependabot.yaml",
  "renovate.json",
  ".github/renovate.json",
  ".renovaterc.json",
];

/** Longest file of another tool that is read, in UTF-16 units. */
const LONGEST = 256 * 1024;

/**
 * The least age of a version: the policy's where it says one of its own, else the longest that
 * another tool's configuration in the repository asks for, else the preset's.
 */
export function minimumAge(input: CheckInput): MinimumAge {
  const { preset, facts } = input.policy;
  const own = { hours: facts.minimumAgeHours, origin: "the policy", isExcluded: () => false };
  if (facts.minimumAgeHours !== PRESETS[preset].facts.minimumAgeHours) return own;
  let longest: MinimumAge | null = null;
  for (const path of AGE_FILES) {
    const text = textAtBase(input, path);
    const told = text === null || text.length > LONGEST ? null : ageIn(path, text);
    if (told !== null && told.hours > (longest?.hours ?? 0)) longest = told;
  }
  return longest ?? own;
}

function ageIn(path: RepoPath, text: string): MinimumAge | null {
  if (path === ".npmrc") {
    const days = /^\s*min-release-age\s*=\s*(\d{1,4})\s*$/mu.exec(text)?.[1];
    return days === undefined ? null : age(Number(days) * 24, path);
  }
  const value = valueOf(text);
  if (path === "pnpm-workspace.yaml") return pnpmAge(value, path);
  return path.includes("dependabot") ? dependabotAge(value, path) : renovateAge(value, path);
}

/** JSON is YAML, too. */
function valueOf(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 10, logLevel: "silent", prettyErrors: false });
  } catch {
    return null;
  }
}

const names = z.array(z.string().max(300)).max(500).catch([]);
const Pnpm = z.looseObject({
  minimumReleaseAge: z.number().positive().max(1_000_000),
  minimumReleaseAgeExclude: names.default([]),
});

function pnpmAge(value: unknown, path: RepoPath): MinimumAge | null {
  const read = Pnpm.safeParse(value).data;
  if (read === undefined) return null;
  // https://pnpm.io/settings#minimumreleaseage counts minutes; an entry may end in @version.
  const globs = read.minimumReleaseAgeExclude.map((each) => each.replace(/(?<=.)@[^/]*$/u, ""));
  return age(read.minimumReleaseAge / 60, path, (name) =>
    globs.some((glob) => matchesGlob(name, glob, { ignoreCase: false })),
  );
}

const Dependabot = z.looseObject({
  updates: z
    .array(
      z.looseObject({
        cooldown: z.looseObject({ "default-days": z.number().min(0).max(365) }).optional(),
      }),
    )
    .max(200),
});

function dependabotAge(value: unknown, path: RepoPath): MinimumAge | null {
  const updates = Dependabot.safeParse(value).data?.updates ?? [];
  const days = Math.max(0, ...updates.map(({ cooldown }) => cooldown?.["default-days"] ?? 0));
  return days === 0 ? null : age(days * 24, path);
}

const Renovate = z.looseObject({ minimumReleaseAge: z.string().max(100) });
const UNIT_HOURS = { hour: 1, day: 24, week: 168 } as const;

function renovateAge(value: unknown, path: RepoPath): MinimumAge | null {
  const text = Renovate.safeParse(value).data?.minimumReleaseAge ?? "";
  const [, count, unit] = /^(\d{1,4}) ?(hour|day|week)s?$/u.exec(text) ?? [];
  if (count === undefined || unit === undefined) return null;
  return age(Number(count) * UNIT_HOURS[unit as keyof typeof UNIT_HOURS], path);
}

function age(
  hours: number,
  origin: string,
  isExcluded: MinimumAge["isExcluded"] = () => false,
): MinimumAge {
  return { hours, origin, isExcluded };
}
