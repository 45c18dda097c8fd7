import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { runChecks } from "../../../../server/core/checks/run-checks.ts";
import type { Finding } from "../../../../server/core/finding.ts";
import { scanForSecrets } from "../../../../server/engine/secrets.ts";
import { Expected, type Files, inputOf, readFolder, RULE_FIXTURES } from "./fixture.ts";

/** One small change with what a rule must say of it. */
export interface CorpusCase {
  /** The rule that its folder names. */
  readonly rule: string;
  readonly name: string;
  /** The twin without the fault. */
  readonly isBenign: boolean;
  readonly folder: string;
}

/** Every case of the corpus, by rule. */
export function listCorpus(): readonly CorpusCase[] {
  return foldersIn(RULE_FIXTURES).flatMap((family) =>
    foldersIn(join(RULE_FIXTURES, family)).flatMap((rule) =>
      foldersIn(join(RULE_FIXTURES, family, rule)).map((name) => ({
        rule: `${family}/${rule}`,
        name,
        isBenign: name.endsWith(".benign"),
        folder: join(RULE_FIXTURES, family, rule, name),
      })),
    ),
  );
}

function foldersIn(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? [entry.name] : [],
  );
}

/** A case that was run, with what every rule says of it. */
export interface RunCase {
  readonly stated: Expected;
  readonly after: Files;
  readonly findings: readonly Finding[];
}

/** Runs every check on a case. */
export async function runCase({ folder }: CorpusCase): Promise<RunCase> {
  const [before, after] = [readFolder(join(folder, "before")), readFolder(join(folder, "after"))];
  const stated = Expected.parse(JSON.parse(readFileSync(join(folder, "expected.json"), "utf8")));
  const { input, loaded } = inputOf(before, after, stated);
  const secrets = await scanForSecrets(input.change, input.texts);
  return { stated, after, findings: runChecks({ ...input, secrets }, loaded.problems) };
}
