import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { npm } from "../../../../server/ecosystems/npm/npm.ts";
import { readSpec } from "../../../../server/ecosystems/npm/package-spec.ts";

const read = (text: string) => npm.readManifest("package.json", text);

describe("readManifest", () => {
  test("gives each package with its line, range, place and use", () => {
    const { packages, mistakes, provides } = read(`{
  "name": "@shop/export",
  "engines": { "vscode": "^1.105.0" },
  "dependencies": {
    "express": "^5.1.0",
    "@scope/kit": "npm:@other/kit@~1.2",
    "local": "file:../local"
  },
  "devDependencies": { "vitest": "5.0.0" },
  "peerDependencies": { "react": ">=18" },
  "optionalDependencies": { "fsevents": "*" }
}
`);
    expect(mistakes).toEqual([]);
    expect(provides).toEqual(["@shop/export", "vscode"]);
    expect(
      packages.map(({ name, version, line, dev, source }) => [name, version, line, dev, source]),
    ).toEqual([
      ["express", "^5.1.0", 5, false, "registry"],
      ["@other/kit", "~1.2", 6, false, "registry"],
      ["local", null, 7, false, "file:../local"],
      ["fsevents", "*", 11, false, "registry"],
      ["react", ">=18", 10, false, "registry"],
      ["vitest", "5.0.0", 9, true, "registry"],
    ]);
    expect(packages[1]).toMatchObject({ alias: "@scope/kit", purl: "pkg:npm/%40other/kit" });
  });

  test("reads overrides of npm, yarn and pnpm only where they put something else in a package's place", () => {
    const { packages } = read(`{
  "overrides": { "a": "1.0.0", "b": { ".": "2", "c": "npm:evil-c@1" }, "d": "$d" },
  "resolutions": { "**/@s/e": "https://tarballs.example/e.tgz", "f": "^1" },
  "pnpm": { "overrides": { "x>g@1": "github:evil/g" } }
}`);
    expect(
      packages.map(({ name, alias, source, line, direct }) => [name, alias, source, line, direct]),
    ).toEqual([
      ["g", undefined, "github:evil/g", 4, false],
      ["@s/e", undefined, "https://tarballs.example/e.tgz", 3, false],
      ["evil-c", "c", "registry", 2, false],
    ]);
  });

  test.for<[string, string, number]>([
    ["a list", "[]", 1],
    ["nothing", "", 1],
    ["a comment", '{\n  // no\n  "name": "x"\n}', 2],
    ["a trailing comma", '{\n  "name": "x",\n}', 3],
    ["a section that is a list", '{\n\n"dependencies": ["a"] }', 3],
    ["a name that leaves the folder", '{ "dependencies": {\n"../../x": "1" } }', 2],
    ["a name that hides", '{ "dependencies": {\n"re\\u202eact": "1" } }', 2],
    ["an alias to no name", '{ "dependencies": {\n"a": "npm:" , "b": "npm:../c@1"} }', 2],
    ["a section given twice", '{ "dependencies": {},\n"dependencies": { "a": "1" } }', 2],
    ["endless nesting", `{"a":${"[".repeat(100_000)}`, 1],
    [
      "too many packages",
      JSON.stringify({
        dependencies: Object.fromEntries(Array.from({ length: 6000 }, (_, i) => [`p${i}`, "1"])),
      }),
      1,
    ],
  ])("tells of %s at its line", ([, text, line]) => {
    const { mistakes } = read(text);
    expect(mistakes[0]?.line).toBe(line);
    expect(mistakes[0]?.message).toMatch(/\.$/u);
  });

  test("reads a file with a byte order mark and Windows line ends", () => {
    const { packages, mistakes } = read(
      '\uFEFF{\r\n  "dependencies": {\r\n    "a": "1"\r\n  }\r\n}\r\n',
    );
    expect(mistakes).toEqual([]);
    expect(packages.map(({ name, line }) => [name, line])).toEqual([["a", 3]]);
  });

  test("never throws, and names lines that are there", () => {
    const parts = fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"dependencies"',
      '"overrides"',
      '"a"',
      '"1"',
      '"npm:b@1"',
      "\n",
      "null",
      '"',
      "\\",
      "1",
      "//",
    );
    const texts = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(parts, { maxLength: 60 }).map((each) => each.join("")),
      fc.json(),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const { packages, mistakes } = read(text);
        const lines = text.split("\n").length;
        for (const { line } of [...packages, ...mistakes]) {
          expect(line).toBeGreaterThanOrEqual(1);
          expect(line).toBeLessThanOrEqual(lines);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("finds every package of any well-formed manifest", () => {
    const name = fc.stringMatching(/^[a-z][a-z\d-]{0,20}$/u);
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 20 }), fc.nat(4), (names, indent) => {
        const text = JSON.stringify(
          { dependencies: Object.fromEntries(names.map((each) => [each, "^1.0.0"])) },
          null,
          indent,
        );
        const { packages, mistakes } = read(text);
        expect(mistakes).toEqual([]);
        expect(packages.map((each) => each.name).toSorted()).toEqual(names.toSorted());
        for (const each of packages)
          expect(text.split("\n")[each.line - 1]).toContain(`"${each.name}"`);
      }),
    );
  });
});

describe("readSpec", () => {
  test.for<[string, string | null, string]>([
    ["^1.2.3", "^1.2.3", "registry"],
    ["latest", "latest", "registry"],
    ["", "", "registry"],
    ["catalog:", null, "registry"],
    ["workspace:^", null, "workspace:^"],
    ["user/repo#branch", null, "github:user/repo#branch"],
    ["git@git.example:user/repo.git", null, "git@git.example:user/repo.git"],
    ["git+ssh://git@git.example/r.git", null, "git+ssh://git.example/r.git"],
    ["https://u:p@files.example/x.tgz", null, "https://files.example/x.tgz"],
    ["../x", null, "../x"],
    ["~/x", null, "~/x"],
    ["~1.2", "~1.2", "registry"],
  ])("takes %s apart", ([spec, version, source]) => {
    expect(readSpec("x", spec)).toEqual({ name: "x", version, source });
  });
});

describe("removePackage", () => {
  const remove = (text: string, name: string) => {
    const named = read(text).packages.find((each) => each.name === name);
    const [edit] = (named && npm.removePackage?.(text, named)) ?? [];
    return edit && text.slice(0, edit.start) + edit.newText + text.slice(edit.end);
  };

  test.for<[string, string, string]>([
    [
      "the first",
      '{\n  "dependencies": {\n    "x": "1",\n    "b": "1"\n  }\n}',
      '{\n  "dependencies": {\n    "b": "1"\n  }\n}',
    ],
    [
      "one between",
      '{\n  "dependencies": {\n    "a": "1",\n    "x": "1",\n    "b": "1"\n  }\n}',
      '{\n  "dependencies": {\n    "a": "1",\n    "b": "1"\n  }\n}',
    ],
    [
      "the last",
      '{\n  "dependencies": {\n    "a": "1",\n    "x": "1"\n  }\n}',
      '{\n  "dependencies": {\n    "a": "1"\n  }\n}',
    ],
    [
      "the only one",
      '{\n  "devDependencies": {\n    "x": "1"\n  }\n}',
      '{\n  "devDependencies": {}\n}',
    ],
    [
      "one on the line of others",
      '{ "dependencies": { "a": "1", "x": "1" } }',
      '{ "dependencies": { "a": "1" } }',
    ],
  ])("takes out %s with its comma", ([, before, after]) => {
    expect(remove(before, "x")).toBe(after);
  });

  test("leaves valid JSON without the package, whatever the manifest", () => {
    const name = fc.stringMatching(/^[a-z]{1,4}$/u);
    fc.assert(
      fc.property(
        fc.uniqueArray(name, { minLength: 1, maxLength: 8 }),
        fc.nat(7),
        fc.nat(4),
        (names, pick, indent) => {
          const all = Object.fromEntries(names.map((each) => [each, "1"]));
          const gone = names[pick % names.length] as string;
          const result = remove(JSON.stringify({ dependencies: all }, null, indent), gone);
          const { [gone]: _, ...rest } = all;
          expect(JSON.parse(result ?? "")).toEqual({ dependencies: rest });
        },
      ),
    );
  });
});
