import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { npm } from "../../../../server/ecosystems/npm/npm.ts";

const read = (text: string) => npm.readLockfile("package-lock.json", text);
const URL = "https://registry.example";

describe("readLockfile", () => {
  test("reads versions 2 and 3: direct, behind, aliased, linked, from git", () => {
    const { packages, mistakes } = read(`{
  "name": "shop",
  "lockfileVersion": 3,
  "packages": {
    "": { "dependencies": { "a": "^1", "al": "npm:@s/b@2" }, "workspaces": ["core"] },
    "core": { "name": "@shop/core", "dependencies": { "g": "github:u/g" } },
    "node_modules/@shop/core": { "resolved": "core", "link": true },
    "node_modules/a": { "version": "1.0.1", "resolved": "${URL}/a/-/a-1.0.1.tgz", "integrity": "sha512-A" },
    "node_modules/a/node_modules/c": { "version": "3.0.0", "resolved": "${URL}/c/-/c-3.0.0.tgz", "dev": true },
    "node_modules/al": { "name": "@s/b", "version": "2.0.0", "resolved": "${URL}/@s/b/-/b-2.0.0.tgz" },
    "node_modules/g": { "version": "1.0.0", "resolved": "git+ssh://git@git.example/u/g.git#abc" },
    "node_modules/t": { "version": "1.0.0", "resolved": "https://u:p@files.example/t.tgz" }
  }
}`);
    expect(mistakes).toEqual([]);
    expect(
      packages.map(({ purl, line, direct, dev, source }) => [purl, line, direct, dev, source]),
    ).toEqual([
      ["pkg:npm/a@1.0.1", 8, true, false, "registry"],
      ["pkg:npm/c@3.0.0", 9, false, true, "registry"],
      ["pkg:npm/%40s/b@2.0.0", 10, true, false, "registry"],
      ["pkg:npm/g@1.0.0", 11, true, false, "git+ssh://git.example/u/g.git#abc"],
      ["pkg:npm/t@1.0.0", 12, false, false, "https://files.example/t.tgz"],
    ]);
    expect(packages[2]).toMatchObject({ name: "@s/b", alias: "al" });
    expect(packages[0]?.integrity).toBe("sha512-A");
  });

  test("reads version 1: a tree, with places where the versions stand", () => {
    const { packages, mistakes } = read(`{
  "lockfileVersion": 1,
  "dependencies": {
    "a": { "version": "1.0.0", "resolved": "${URL}/a/-/a-1.0.0.tgz",
      "dependencies": {
        "b": { "version": "2.0.0", "dev": true } } },
    "c": { "version": "npm:d@3.0.0" },
    "e": { "version": "github:u/e#abc" }
  }
}`);
    expect(mistakes).toEqual([]);
    const found = packages.map(({ name, alias, version, line, source }) => [
      name,
      alias,
      version,
      line,
      source,
    ]);
    expect(found.toSorted((x, y) => Number(x[3]) - Number(y[3]))).toEqual([
      ["a", undefined, "1.0.0", 4, "registry"],
      ["b", undefined, "2.0.0", 6, "registry"],
      ["d", "c", "3.0.0", 7, "registry"],
      ["e", undefined, null, 8, "github:u/e#abc"],
    ]);
  });

  test("takes an empty lock file for what it is", () => {
    expect(read('{ "lockfileVersion": 3, "requires": true }')).toEqual({
      packages: [],
      mistakes: [],
      provides: [],
    });
  });

  test.for<[string, string, number]>([
    ["no lock file", '{ "a": 1 }', 1],
    ["a merge conflict", '{\n<<<<<<< ours\n"packages": {} }', 2],
    [
      "a package given twice",
      '{ "packages": { "node_modules/a": { "version": "1" },\n"node_modules/a": { "version": "2" } } }',
      2,
    ],
    [
      "a name that leaves the folder",
      '{ "packages": {\n"node_modules/../../x": { "version": "1" } } }',
      2,
    ],
    ["an entry that is no object", '{ "packages": {\n"node_modules/a": 1 } }', 2],
    ["endless nesting", '{"dependencies":{"a":'.repeat(10_000), 1],
  ])("tells of %s at its line", ([, text, line]) => {
    expect(read(text).mistakes[0]?.line).toBe(line);
  });

  test("reads five thousand packages", () => {
    const entries = Array.from({ length: 5000 }, (_, i) => [
      `node_modules/p${i}`,
      { version: "1.0.0", resolved: `${URL}/p${i}/-/p${i}-1.0.0.tgz` },
    ]);
    const text = JSON.stringify(
      { lockfileVersion: 3, packages: Object.fromEntries(entries) },
      null,
      2,
    );
    const { packages, mistakes } = read(text);
    expect([packages.length, mistakes]).toEqual([5000, []]);
    expect(text.split("\n")[(packages[4999]?.line ?? 0) - 1]).toContain('"node_modules/p4999"');
  });

  test("never throws, and names lines that are there", () => {
    const parts = fc.constantFrom(
      "{",
      "}",
      "[",
      ",",
      ":",
      '"packages"',
      '"dependencies"',
      '"node_modules/a"',
      '"version"',
      '"1"',
      '"resolved"',
      "\n",
      "null",
      '"',
      "1",
    );
    const shaped = fc
      .dictionary(fc.constantFrom("packages", "dependencies", "lockfileVersion"), fc.jsonValue())
      .map((value) => JSON.stringify(value));
    const texts = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(parts, { maxLength: 60 }).map((each) => each.join("")),
      shaped,
    );
    fc.assert(
      fc.property(texts, (text) => {
        const { packages, mistakes } = read(text);
        for (const { line } of [...packages, ...mistakes]) {
          expect(line).toBeGreaterThanOrEqual(1);
          expect(line).toBeLessThanOrEqual(text.split("\n").length);
        }
      }),
      { numRuns: 500 },
    );
  });
});
