import type { RepoPath } from "../../location.ts";

/** What a configuration demands of the tests, by its name. */
export interface Demand {
  readonly name: string;
  readonly value: number;
  readonly line: number;
}

const CONFIGURATION =
  /(?:^|\/)(?:package\.json|\.(?:nycrc|c8rc)(?:\.(?:json|js|cjs|ya?ml))?|(?:jest|vitest|vite|karma|nyc)\.config\.[cm]?[jt]s(?:on)?|vitest\.workspace\.[jt]s|\.coveragerc|setup\.cfg|tox\.ini|pyproject\.toml|pytest\.ini|noxfile\.py|codecov\.ya?ml|\.codecov\.ya?ml|Makefile|justfile)$/u;
/** `lines: 90`, `"branches": 80`, `fail_under = 85`, also inside of one line. */
const SETTING =
  /(?<![\w-])["']?(lines|branches|functions|statements|perFile|fail_under|fail-under|global|target|minimum)["']?\s{0,4}[:=]\s{0,4}["']?(\d{1,3}(?:\.\d+)?)%?["']?/gu;
/** `--cov-fail-under=80`, `c8 --lines 90`, `--test-coverage-branches=80`. */
const OPTION =
  /--((?:cov-)?fail-under|(?:test-coverage-)?(?:lines|branches|functions|statements))[ =]{1,2}(\d{1,3}(?:\.\d+)?)/gu;
const SECTION = /coverage|threshold|c8|nyc|nycrc|c8rc|fail.under|cov/iu;
/** A script that cannot fail any more. */
const NEVER_FAILS =
  /\|\|\s*(?:true|:|exit 0|echo\b)|;\s*(?:true|exit 0)\s*$|--passWithNoTests\b|^(?:true|exit 0|:|echo [^&|;]*)$/u;

/** Whether a file may say how much the tests must cover. */
export function demandsCoverage(path: RepoPath): boolean {
  return CONFIGURATION.test(path);
}

/** The coverage that a configuration demands; a name that is given more than once is numbered. */
export function readDemands(path: RepoPath, text: string): readonly Demand[] {
  if (!SECTION.test(text) && !SECTION.test(path)) return [];
  const counts = new Map<string, number>();
  return text.split("\n").flatMap((content, index) => {
    const code = content.length > 2000 ? "" : content.replace(/^\s*(?:#|\/\/|;).*$/u, "");
    return [...code.matchAll(OPTION), ...code.replaceAll(OPTION, "").matchAll(SETTING)].map(
      ([, name = "", value = ""]) => {
        const nth = (counts.get(name) ?? 0) + 1;
        counts.set(name, nth);
        return {
          name: nth === 1 ? name : `${name} (${nth})`,
          value: Number(value),
          line: index + 1,
        };
      },
    );
  });
}

/** Demands that are lower than before, or gone. */
export function findLowered(
  before: readonly Demand[],
  after: readonly Demand[],
): readonly { readonly from: Demand; readonly to: Demand | null }[] {
  const now = new Map(after.map((each) => [each.name, each]));
  return before.flatMap((from) => {
    const to = now.get(from.name) ?? null;
    return to === null || to.value < from.value ? [{ from, to }] : [];
  });
}

/** Whether a test script was changed so that it passes whatever the tests say. */
export function passesAlways(before: string, after: string): boolean {
  return NEVER_FAILS.test(after.trim()) && !NEVER_FAILS.test(before.trim());
}
