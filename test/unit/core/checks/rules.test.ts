import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { runChecks } from "../../../../server/core/checks/run-checks.ts";
import type { Finding, Fix } from "../../../../server/core/finding.ts";
import { indexLines } from "../../../../server/core/line-index.ts";
import { isRuleId } from "../../../../server/core/rules.ts";
import { scanForSecrets } from "../../../../server/engine/secrets.ts";
import { Expected, type Files, inputOf, readFolder, RULE_FIXTURES } from "./fixture.ts";

const foldersIn = (folder: string) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? [entry.name] : [],
  );
const rules = foldersIn(RULE_FIXTURES).flatMap((family) =>
  foldersIn(join(RULE_FIXTURES, family)).map((name) => `${family}/${name}`),
);

/** The parts of a finding that a case states. */
function statedParts(found: Finding, stated: Expected["findings"][number] | undefined) {
  const { location, related } = found;
  return {
    path: location.path,
    line: location.startLine,
    message: found.message,
    kind: found.kind,
    ...(stated?.column === undefined ? {} : { column: location.startColumn }),
    ...(stated?.related === undefined
      ? {}
      : { related: related.map((each) => `${each.location.path}:${each.location.startLine}`) }),
  };
}

function applyFix(files: Files, { edits }: Fix): Files {
  const result: Record<string, string> = { ...files };
  for (const { location, newText } of edits.toReversed()) {
    const text = result[location.path] ?? "";
    const lines = text.split("\n");
    const offsetOf = (line: number, column: number) =>
      lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0) + column - 1;
    const start = offsetOf(location.startLine, location.startColumn ?? 1);
    const end = offsetOf(location.endLine, location.endColumn ?? 1);
    expect(indexLines(text).columnAt(start)).toBe(location.startColumn);
    result[location.path] = text.slice(0, start) + newText + text.slice(end);
  }
  return result;
}

describe.for(rules)("%s", (rule) => {
  const folder = join(RULE_FIXTURES, rule);
  const cases = foldersIn(folder);

  test("is a rule, and each of its bad cases has a benign twin", () => {
    expect(isRuleId(rule)).toBe(true);
    for (const name of cases.filter((each) => !each.endsWith(".benign"))) {
      expect(cases, name).toContain(`${name}.benign`);
    }
    expect(cases.length).toBeGreaterThan(1);
  });

  test.for(cases)("%s", async (name) => {
    const [before, after, fixed] = ["before", "after", "fixed"].map((side) =>
      readFolder(join(folder, name, side)),
    ) as [Files, Files, Files];
    const stated = Expected.parse(
      JSON.parse(readFileSync(join(folder, name, "expected.json"), "utf8")),
    );
    expect(stated.findings.length === 0).toBe(name.endsWith(".benign"));
    const { input, loaded } = inputOf(before, after, stated);
    const secrets = await scanForSecrets(input.change, input.texts);
    const found = runChecks({ ...input, secrets }, loaded.problems).filter(
      (each) => each.rule === rule,
    );
    const place = ({ location: at }: Finding) => [at.path, String(at.startLine).padStart(5)].join();
    const sorted = found.toSorted((a, b) => (place(a) < place(b) ? -1 : 1));
    expect(sorted.map((each, at) => statedParts(each, stated.findings[at]))).toEqual(
      stated.findings,
    );
    const [fix] = sorted[0]?.fixes ?? [];
    if (Object.keys(fixed).length > 0) {
      expect(fix).toBeDefined();
      expect(applyFix(after, fix as Fix)).toMatchObject(fixed);
    }
  });
});
