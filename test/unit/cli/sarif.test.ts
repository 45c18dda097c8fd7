import { readFileSync } from "node:fs";
import { join } from "node:path";

import Ajv04 from "ajv-draft-04";
import addFormats from "ajv-formats";
import type { Log } from "sarif";
import { describe, expect, test } from "vitest";

import { reportSarif } from "../../../server/cli/reporters/sarif.ts";
import { finding } from "../../../server/core/checks/check.ts";
import { RULES } from "../../../server/core/rules.ts";
import { DRAFTS, fakeReview } from "../../fakes/review.ts";

/** The schema as OASIS publishes it (sarif-spec, 2.1.0 with errata 01). */
const SCHEMA = join(import.meta.dirname, "../../fixtures/sarif/sarif-schema-2.1.0.json");

const ajv = new Ajv04.default({ strict: false, allErrors: true });
addFormats.default(ajv);
const validate = ajv.compile(JSON.parse(readFileSync(SCHEMA, "utf8")));

function sarifOf(review = fakeReview()): Log {
  return JSON.parse(reportSarif(review, "1.2.3"));
}

function expectValid(log: unknown): void {
  validate(log);
  expect(validate.errors).toBe(null);
}

const odd = { path: "src/a b/ü#?%:\u202E\uD800.ts", startLine: 3, endLine: 4 };

describe("reportSarif", () => {
  test("is valid SARIF 2.1.0, with findings, without, and with odd paths", () => {
    expectValid(sarifOf());
    expectValid(sarifOf(fakeReview({ findings: [], ran: false })));
    const [draft] = DRAFTS.map(finding);
    if (draft === undefined) throw new Error("There are drafts.");
    expectValid(sarifOf(fakeReview({ findings: [{ ...draft, location: odd }] })));
  });

  test("would notice a log that is not valid", () => {
    const log = sarifOf();
    expect(validate({ ...log, version: "9" })).toBe(false);
    expect(validate({ ...log, runs: [{ tool: {} }] })).toBe(false);
  });

  test("describes every rule with its page", () => {
    const [run] = sarifOf().runs;
    const rules = run?.tool.driver.rules ?? [];
    expect(rules.map(({ id }) => id)).toEqual(Object.keys(RULES));
    for (const { id, helpUri } of rules) expect(helpUri).toContain(`/docs/rules/${id}.md`);
    for (const { ruleId, ruleIndex } of run?.results ?? []) {
      expect(rules[ruleIndex ?? -1]?.id).toBe(ruleId);
    }
  });

  test("keeps a finding's fingerprint when its line moves", () => {
    const moved = DRAFTS.map((draft) =>
      finding({ ...draft, location: { ...draft.location, startLine: 99, endLine: 99 } }),
    );
    const prints = (log: Log) => log.runs[0]?.results?.map((it) => it.partialFingerprints);
    expect(prints(sarifOf(fakeReview({ findings: moved })))).toEqual(prints(sarifOf()));
    expect(new Set(prints(sarifOf())?.map((it) => JSON.stringify(it))).size).toBe(DRAFTS.length);
  });

  test("points at the line and the columns, and at related places", () => {
    const [test0, added] = sarifOf().runs[0]?.results ?? [];
    expect(added?.locations?.[0]?.physicalLocation?.region).toEqual({
      startLine: 14,
      endLine: 14,
      startColumn: 5,
      endColumn: 20,
    });
    expect(test0?.relatedLocations?.[0]?.physicalLocation?.artifactLocation?.uri).toBe(
      "src/export.ts",
    );
  });

  test("writes a path as a relative URI that reads back as the path", () => {
    const path = "src/a b/ü#?%:x.ts";
    const draft = { rule: "dependency/added", subject: "x", message: "m" } as const;
    const location = { path, startLine: 1, endLine: 1 };
    const log = sarifOf(fakeReview({ findings: [finding({ ...draft, location })] }));
    const uri =
      log.runs[0]?.results?.[0]?.locations?.[0]?.physicalLocation?.artifactLocation?.uri ?? "";
    expect(decodeURIComponent(new URL(uri, "file:///root/").pathname)).toBe(`/root/${path}`);
  });

  test("reports an accepted finding as suppressed and an unproven one as a result", () => {
    const [first] = DRAFTS.map((draft) => finding({ ...draft, kind: "unproven" }));
    if (first === undefined) throw new Error("There are drafts.");
    const exception = { reason: "Known and harmless", owner: "noor", expires: "2027-01-31" };
    const log = sarifOf(fakeReview({ findings: [first, { ...first, exception }] }));
    const [unproven, accepted] = log.runs[0]?.results ?? [];
    expect(unproven?.level).toBe("error");
    expect(unproven?.properties?.["kind"]).toBe("unproven");
    expect(unproven?.suppressions).toBeUndefined();
    expect(accepted?.suppressions?.[0]).toMatchObject({ kind: "external", status: "accepted" });
    expectValid(log);
  });
});
