import { describe, expect, test } from "vitest";

import type { Fact } from "../../../server/core/fact.ts";
import { packageText } from "../../../server/lsp/package-hover.ts";

const common = { source: "https://registry.example/", time: "2026-06-01T12:00:00.000Z" } as const;
const MANIFEST = '{\n  "dependencies": {\n    "zod": "^4.0.0",\n    "@shop/a": "1.0.0"\n  }\n}\n';
const zod: Fact = {
  kind: "package",
  purl: "pkg:npm/zod@4.0.1",
  exists: true,
  version: "4.0.1",
  versionExists: true,
  latest: "4.2.0",
  publishedAt: "2026-05-31T09:00:00.000Z",
  firstPublishedAt: "2020-03-07T00:00:00.000Z",
  publisher: "*colin*",
  license: "MIT",
  hasInstallScript: true,
  ...common,
};
const text = (facts: readonly Fact[], line: number, path = "package.json", manifest = MANIFEST) =>
  packageText(facts, path, manifest, line);

describe("packageText", () => {
  test("tells the facts with their source and time at the package's line", () => {
    const told = text([zod], 3) ?? "";
    for (const part of [
      "4\\.0\\.1",
      "2026\\-05\\-31",
      "\\*colin\\*",
      "Newest: 4\\.2\\.0",
      "Runs code when it is installed",
      "Licence: MIT",
      "registry\\.example",
      "2026\\-06\\-01 12\\:00",
    ]) {
      expect(told).toContain(part);
    }
    expect(text([zod], 4)).toBeNull();
    expect(text([zod], 1)).toBeNull();
    expect(text([], 3)).toBeNull();
    expect(text([zod], 3, "notes.md")).toBeNull();
  });

  test("tells what does not exist, what is known against it, and what is not known", () => {
    const gone: Fact = {
      kind: "package",
      purl: "pkg:npm/%40shop/a@1.0.0",
      exists: false,
      ...common,
    };
    expect(text([gone], 4)).toContain("Does not exist");
    const against: Fact = {
      kind: "advisories",
      purl: "pkg:npm/zod@4.0.1",
      advisories: [
        { id: "GHSA-1", aliases: [], summary: "Weak <b>", isMalicious: false, fixed: "4.0.2" },
      ],
      ...common,
    };
    expect(text([against], 3)).toContain("**GHSA\\-1** Weak \\<b\\>, fixed in 4\\.0\\.2");
    const lacks: Fact = {
      kind: "unavailable",
      subject: "pkg:npm/zod",
      lacks: "package",
      reason: "It gave HTTP 500.",
      ...common,
    };
    expect(text([lacks], 3)).toContain("Not known: It gave HTTP 500\\.");
  });

  test("at a lock file's line, only the version that stands there", () => {
    const lock = JSON.stringify(
      {
        lockfileVersion: 3,
        packages: {
          "": {},
          "node_modules/zod": { version: "4.0.1" },
          "node_modules/x/node_modules/zod": { version: "3.0.0" },
        },
      },
      null,
      1,
    );
    const lines = lock.split("\n");
    const at = (needle: string) => lines.findIndex((line) => line.includes(needle)) + 1;
    expect(text([zod], at('"node_modules/zod"'), "package-lock.json", lock)).toContain("4\\.0\\.1");
    expect(text([zod], at("x/node_modules/zod"), "package-lock.json", lock)).toBeNull();
  });
});
