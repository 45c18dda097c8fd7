import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { applyPolicy } from "../../../server/core/apply-policy.ts";
import { finding } from "../../../server/core/checks/check.ts";
import { loadPolicy } from "../../../server/core/policy/load.ts";
import { anyFindings } from "./judging.ts";

const ORIGIN = { commit: "c".repeat(40), path: "shipgate.yaml" };
const policy = (...lines: string[]) => {
  const loaded = loadPolicy(["version: 1", ...lines].join("\n"), ORIGIN);
  expect(loaded.problems).toEqual([]);
  return loaded;
};
const excepting = (glob: string, expires: string) =>
  policy(
    "exceptions:",
    "  - rule: dependency/added",
    `    paths: ["${glob}"]`,
    "    reason: reviewed by hand",
    "    owner: kim",
    `    expires: ${expires}`,
  );
const added = finding({
  rule: "dependency/added",
  subject: "x",
  message: "x was added.",
  location: { path: "web/package.json", startLine: 3, endLine: 3 },
});

describe("applyPolicy", () => {
  test("gives the policy's severity and drops what is off", () => {
    expect(
      applyPolicy([added], policy("rules: { dependency/added: error }"), "2026-01-01")[0]?.severity,
    ).toBe("error");
    expect(applyPolicy([added], policy("rules: { dependency/added: off }"), "2026-01-01")).toEqual(
      [],
    );
  });

  test("covers a finding up to the last day of an exception", () => {
    for (const today of ["2026-01-01", "2026-06-30", "2026-06-30T23:59:59.999Z"]) {
      const found = applyPolicy([added], excepting("web/**", "2026-06-30"), today);
      expect(found).toHaveLength(1);
      expect(found[0]?.exception).toEqual({
        reason: "reviewed by hand",
        owner: "kim",
        expires: "2026-06-30",
      });
    }
  });

  test("covers nothing after it and tells the expired exception at its line", () => {
    const found = applyPolicy([added], excepting("web/**", "2026-06-30"), "2026-07-01");
    expect(
      found.map((each) => [each.rule, each.exception, each.location.path, each.location.startLine]),
    ).toEqual([
      ["dependency/added", undefined, "web/package.json", 3],
      ["policy/exception-expired", undefined, "shipgate.yaml", 3],
    ]);
  });

  test("says nothing about an expired exception that would cover nothing here", () => {
    expect(applyPolicy([added], excepting("api/**", "2020-01-01"), "2026-07-01")).toHaveLength(1);
  });

  test("does not cover another rule, another path or another case of the path", () => {
    for (const glob of ["api/**", "package.json", "WEB/**"]) {
      expect(
        applyPolicy([added], excepting(glob, "2030-01-01"), "2026-01-01")[0]?.exception,
      ).toBeUndefined();
    }
    const other = { ...added, rule: "policy/protected-path" as const };
    expect(
      applyPolicy([other], excepting("**", "2030-01-01"), "2026-01-01")[0]?.exception,
    ).toBeUndefined();
  });

  test("puts the most severe first and gives equal output whatever the order", () => {
    fc.assert(
      fc.property(anyFindings, (findings) => {
        const unique = [...new Map(findings.map((each) => [each.fingerprint, each])).values()];
        const loaded = policy("preset: strict");
        const result = applyPolicy(unique, loaded, "2026-01-01");
        expect(applyPolicy(unique.toReversed(), loaded, "2026-01-01")).toEqual(result);
        const ranks = result.map(({ severity }) => ["error", "warning", "info"].indexOf(severity));
        expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
      }),
    );
  });
});
