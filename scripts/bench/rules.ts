import { atLeast } from "../../server/core/finding.ts";
import { PRESETS } from "../../server/core/policy/presets.ts";
import { listCorpus, runCase } from "../../test/unit/core/checks/corpus.ts";

/** How well one rule does on the corpus. */
export interface RuleFigures {
  readonly rule: string;
  /** Planted faults, and how many of them were found at exactly their place. */
  readonly faults: number;
  readonly found: number;
  /** How many of the planted faults have a benign twin: all of them. */
  readonly twins: number;
  /** Changes without this fault: the twins, and the cases of other rules. */
  readonly benign: number;
  readonly falseAlarms: number;
  /** Those of them that would stop a change under the balanced preset. */
  readonly blocking: number;
}

/** Least share of planted faults that a rule has to find, and most blocking false alarms. */
const LEAST_RECALL = 0.95;
const MOST_BLOCKING = 0.02;

/** Runs the whole corpus and counts for each rule that has cases in it. */
export async function measureRules(): Promise<readonly RuleFigures[]> {
  const cases = await Promise.all(
    listCorpus().map(async (each) => {
      const { stated, findings } = await runCase(each);
      const { rule, isBenign } = each;
      return { rule, isBenign, stated, findings };
    }),
  );
  const { block, severities } = PRESETS.balanced;
  return [...new Set(cases.map(({ rule }) => rule))].map((rule) => {
    const faults = cases.filter((each) => each.rule === rule && !each.isBenign);
    const found = faults.filter(({ stated, findings }) => {
      const places = new Set(findings.filter((each) => each.rule === rule).map(placeOf));
      return stated.findings.every(({ path, line }) => places.has(`${path}:${line}`));
    });
    const benign = cases.filter(
      ({ stated, ...each }) => !stated.also.includes(rule) && (each.rule !== rule || each.isBenign),
    );
    const alarms = benign.filter(({ findings }) => findings.some((each) => each.rule === rule));
    const severity = severities[rule as keyof typeof severities];
    const isBlocking = severity !== "off" && atLeast(severity, block);
    return {
      rule,
      faults: faults.length,
      found: found.length,
      twins: benign.filter((each) => each.rule === rule).length,
      benign: benign.length,
      falseAlarms: alarms.length,
      blocking: isBlocking ? alarms.length : 0,
    };
  });
}

function placeOf({ location }: { location: { path: string; startLine: number } }): string {
  return `${location.path}:${location.startLine}`;
}

/** Whether a rule keeps what is promised of it. */
export function isGoodEnough({ faults, found, benign, blocking }: RuleFigures): boolean {
  return found >= faults * LEAST_RECALL && blocking <= benign * MOST_BLOCKING;
}

function print(figures: readonly RuleFigures[]): void {
  const percent = (part: number, whole: number) => `${((100 * part) / whole).toFixed(1)} %`;
  const rows = figures.map((each) => [
    each.rule,
    `${each.found}/${each.faults}`,
    percent(each.found, each.faults),
    `${each.falseAlarms}/${each.benign}`,
    percent(each.blocking, each.benign),
    isGoodEnough(each) ? "" : "not good enough",
  ]);
  const head = ["rule", "found", "recall", "false alarms", "blocking", ""];
  const table = [head, ...rows];
  const widths = head.map((_, at) => Math.max(...table.map((row) => row[at]?.length ?? 0)));
  for (const row of table)
    console.log(
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join("  ")
        .trimEnd(),
    );
  console.log(`${listCorpus().length} small changes.`);
}

if (import.meta.main) {
  const figures = await measureRules();
  print(figures);
  if (!figures.every(isGoodEnough)) process.exitCode = 1;
}
