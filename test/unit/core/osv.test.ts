import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  advisoryAgainst,
  compareVersions,
  OsvRecord,
  packagesOf,
} from "../../../server/core/osv.ts";

const record = (affected: object, more: object = {}) =>
  OsvRecord.parse({
    id: "GHSA-1",
    affected: [{ package: { ecosystem: "npm", name: "left" }, ...affected }],
    ...more,
  });
const events = (...list: object[]) => ({ ranges: [{ type: "SEMVER", events: list }] });

describe("advisoryAgainst", () => {
  test.for([
    ["before the first range", events({ introduced: "1.0.0" }, { fixed: "1.2.0" }), "0.9.0", false],
    ["at its begin", events({ introduced: "1.0.0" }, { fixed: "1.2.0" }), "1.0.0", true],
    ["at its fix", events({ introduced: "1.0.0" }, { fixed: "1.2.0" }), "1.2.0", false],
    [
      "in a pre-release of the fix",
      events({ introduced: "0" }, { fixed: "1.2.0" }),
      "1.2.0-rc.1",
      true,
    ],
    [
      "in the gap of two ranges",
      events({ introduced: "0" }, { fixed: "1.0.0" }, { introduced: "2.0.0" }),
      "1.5.0",
      false,
    ],
    [
      "after the last begin",
      events({ introduced: "0" }, { fixed: "1.0.0" }, { introduced: "2.0.0" }),
      "3.0.0",
      true,
    ],
    [
      "at the last affected one",
      events({ introduced: "0" }, { last_affected: "1.0.0" }),
      "1.0.0",
      true,
    ],
    [
      "after the last affected one",
      events({ introduced: "0" }, { last_affected: "1.0.0" }),
      "1.0.1",
      false,
    ],
    ["in the list", { versions: ["1.0.0"] }, "1.0.0", true],
    ["not in the list", { versions: ["1.0.0"] }, "1.0.1", false],
    [
      "in commits only",
      { ranges: [{ type: "GIT", events: [{ introduced: "0" }] }] },
      "1.0.0",
      false,
    ],
  ] as const)("a version %s", ([, affected, version, isHit]) => {
    expect(advisoryAgainst(record(affected), "npm left", version) !== null).toBe(isHit);
  });

  test("names the fix of the line that the version is on", () => {
    const both = record({
      ranges: [
        { type: "SEMVER", events: [{ introduced: "1.0.0" }, { fixed: "1.5.0" }] },
        { type: "SEMVER", events: [{ introduced: "2.0.0" }, { fixed: "2.3.0" }] },
      ],
    });
    expect(advisoryAgainst(both, "npm left", "1.2.0")?.fixed).toBe("1.5.0");
    expect(advisoryAgainst(both, "npm left", "2.2.0")?.fixed).toBe("2.3.0");
  });

  test("a withdrawn record and one of another package say nothing", () => {
    const hit = events({ introduced: "0" });
    expect(
      advisoryAgainst(record(hit, { withdrawn: "2026-01-01T00:00:00Z" }), "npm left", "1.0.0"),
    ).toBeNull();
    expect(advisoryAgainst(record(hit), "pypi left", "1.0.0")).toBeNull();
  });

  test("malice is known by the id or by an alias", () => {
    const hit = events({ introduced: "0" });
    expect(
      advisoryAgainst(record(hit, { id: "MAL-2025-1" }), "npm left", "1.0.0")?.isMalicious,
    ).toBe(true);
    expect(
      advisoryAgainst(record(hit, { aliases: ["MAL-2025-1"] }), "npm left", "1.0.0")?.isMalicious,
    ).toBe(true);
  });

  test("never throws, whatever the record and the version", () => {
    const text = fc.string({ maxLength: 20 });
    const event = fc.record(
      { introduced: text, fixed: text, last_affected: text },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 6 }), text, (list, version) => {
        const read = advisoryAgainst(
          record({ ranges: [{ type: "ECOSYSTEM", events: list }] }),
          "npm left",
          version,
        );
        expect(read === null || read.id === "GHSA-1").toBe(true);
      }),
    );
  });
});

describe("packagesOf", () => {
  test.for([
    [{ ecosystem: "Go", name: "example.org/x/y" }, "golang example.org/x/y"],
    [{ ecosystem: "RubyGems", name: "rails" }, "gem rails"],
    [{ ecosystem: "Maven", name: "org.example:lib" }, "maven org.example:lib"],
    [{ ecosystem: "crates.example", name: "serde" }, "cargo serde"],
    [{ ecosystem: "npm", name: "@shop/a", purl: "pkg:npm/%40shop/a" }, "npm @shop/a"],
  ] as const)("reads %o", ([about, key]) => {
    expect(packagesOf(OsvRecord.parse({ id: "X", affected: [{ package: about }] }))).toEqual([key]);
  });
});

describe("compareVersions", () => {
  test.for([
    ["1.2.3", "1.10.0"],
    ["1.0rc1", "1.0"],
    ["2.0.dev1", "2.0"],
    ["1.0", "1.0.1"],
    ["v1.2.3", "v1.2.4"],
    ["1.0.0-beta.1", "1.0.0"],
    ["2023.7.22", "2024.1"],
  ])("%s comes before %s", ([a = "", b = ""]) => {
    expect(compareVersions(a, b)).toBeLessThan(0);
    expect(compareVersions(b, a)).toBeGreaterThan(0);
    expect(compareVersions(a, a)).toBe(0);
  });
});
