import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { isGoodEnough, measureRules } from "../../../../scripts/bench/rules.ts";
import type { Finding, Fix } from "../../../../server/core/finding.ts";
import { indexLines } from "../../../../server/core/line-index.ts";
import { isRuleId } from "../../../../server/core/rules.ts";
import { listCorpus, runCase } from "./corpus.ts";
import { type Expected, type Files, readFolder } from "./fixture.ts";

const corpus = listCorpus();
const rules = [...new Set(corpus.map(({ rule }) => rule))];

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

describe("the rules", () => {
  test("find nearly every planted fault and hardly ever stop a change that is fine", async () => {
    const figures = await measureRules();
    expect(figures.map(({ rule }) => rule)).toEqual(rules);
    expect(figures.filter((each) => !isGoodEnough(each))).toEqual([]);
    expect(corpus.length).toBeGreaterThan(300);
  });
});

describe.for(rules)("%s", (rule) => {
  const cases = corpus.filter((each) => each.rule === rule);

  test("is a rule, and each of its bad cases has a benign twin", () => {
    expect(isRuleId(rule)).toBe(true);
    const names = cases.map(({ name }) => name);
    for (const { name, isBenign } of cases) {
      if (!isBenign) expect(names).toContain(`${name}.benign`);
    }
    expect(cases.length).toBeGreaterThan(1);
  });

  test.for(cases)("$name", async (each) => {
    const fixed = readFolder(join(each.folder, "fixed"));
    const { stated, after, findings } = await runCase(each);
    expect(stated.findings.length === 0).toBe(each.isBenign);
    const found = findings.filter((one) => one.rule === rule);
    const place = ({ location: at }: Finding) => [at.path, String(at.startLine).padStart(5)].join();
    const sorted = found.toSorted((a, b) => (place(a) < place(b) ? -1 : 1));
    expect(sorted.map((one, at) => statedParts(one, stated.findings[at]))).toEqual(stated.findings);
    const [fix] = sorted[0]?.fixes ?? [];
    if (Object.keys(fixed).length > 0) {
      expect(fix).toBeDefined();
      expect(applyFix(after, fix as Fix)).toMatchObject(fixed);
    }
  });
});
