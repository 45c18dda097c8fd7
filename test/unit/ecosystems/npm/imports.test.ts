import { builtinModules } from "node:module";

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { BUILTIN_MODULES } from "../../../../server/ecosystems/npm/builtin-modules.ts";
import { npm } from "../../../../server/ecosystems/npm/npm.ts";
import { packageOfSpecifier } from "../../../../server/ecosystems/npm/specifier.ts";

const readImports = (path: string, text: string) =>
  npm.declarations?.readSource(path, text) ?? { imports: [], mistakes: [] };

const names = (text: string, path = "a.ts") =>
  readImports(path, text).imports.map(({ name, typeOnly }) => (typeOnly ? `type ${name}` : name));

describe("readImports", () => {
  test("gives the place of the name inside the quotes", () => {
    const { imports } = readImports("a.ts", 'const a = 1;\n  import x from "@s/pkg/deep.js";\n');
    expect(imports).toEqual([
      {
        name: "@s/pkg",
        specifier: "@s/pkg/deep.js",
        line: 2,
        startColumn: 18,
        endColumn: 24,
        typeOnly: false,
      },
    ]);
  });

  test("gives the place of the whole literal where the name is written with escapes", () => {
    const { imports } = readImports("a.ts", String.raw`import x from "\x70kg";`);
    expect(imports).toMatchObject([{ name: "pkg", startColumn: 15, endColumn: 23 }]);
  });

  test.for<[string, string, string[]]>([
    ["side effects", 'import "a";', ["a"]],
    [
      "type-only imports",
      'import type A from "a"; import { type B } from "b"; import { type C, d } from "c";',
      ["type a", "type b", "c"],
    ],
    [
      "type-only exports",
      'export type { A } from "a"; export type * from "b"; export { b } from "c";',
      ["type a", "type b", "c"],
    ],
    ["import types", 'let a: import("a").A; let b: typeof import("b");', ["type a", "type b"]],
    ["dynamic imports", 'await import("a"); import(`b`); import(`c${d}`); import(e);', ["a", "b"]],
    [
      "calls of require",
      'require("a"); module.require("b"); require.resolve("c"); import.meta.resolve("d"); other("e"); require();',
      ["a", "b", "c", "d"],
    ],
    ["optional calls", 'require?.("a");', ["a"]],
    ["import equals", 'import a = require("a"); import b = A.B;', ["a"]],
    [
      "decorators, enums and satisfies",
      'import { D } from "a"; enum E { A } @D() class C {} const x = {} satisfies object; using y = z();',
      ["a"],
    ],
    ["attributes", 'import j from "a/x.json" with { type: "json" };', ["a"]],
    ["a cast with angle brackets", 'import a from "a"; const b = <string>a;', ["a"]],
    ["a hashbang", '#!/usr/bin/env node\nimport a from "a";', ["a"]],
    [
      "text that looks like an import",
      '// import "a"\nconst b = `import "c"`; const d = /import "e"/;',
      [],
    ],
  ])("reads %s", ([, text, expected]) => {
    expect(names(text)).toEqual(expected);
  });

  test("reads JSX, Flow and CommonJS in JavaScript, and takes a declaration file for types only", () => {
    expect(names('import a from "a"; export default () => <A b={a} />;', "a.jsx")).toEqual(["a"]);
    expect(names('// @flow\nimport type { A } from "a"; const x: A = 1;', "a.js")).toEqual([
      "type a",
    ]);
    expect(names('with (x) {} var a = require("a"); return;', "a.cjs")).toEqual(["a"]);
    expect(names('import A from "a"; export = A;', "a.d.ts")).toEqual(["type a"]);
  });

  test.for<[string, string, RegExp]>([
    ["does not parse", "const a = 1;\nimport {", /^This does not parse: /u],
    ["is nested without end", "(".repeat(100_000), /too deeply/u],
    ["is a sum without end", `x=${"a+".repeat(200_000)}1`, /too deeply/u],
    ["repeats a label", "a:".repeat(50_000), /^This does not parse: /u],
    ["is huge", " ".repeat(2_000_000), /too large/u],
  ])("tells of a file that %s", ([, text, message]) => {
    const { imports, mistakes } = readImports("a.ts", text);
    expect(imports).toEqual([]);
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]?.message).toMatch(message);
  });

  test.for([
    "(a=",
    "async(a=",
    "<T>(a=",
    "a<b<",
    "a?(",
    "a ? (b ? ",
    "`${",
    "f<",
    "((a,",
    "{a:[",
    "<a>",
  ])("does not try without end where %s is repeated", (part) => {
    for (const path of ["a.ts", "a.tsx", "a.js"]) {
      for (const text of [part.repeat(40), `${part.repeat(40)}1${")=>1".repeat(40)}`]) {
        expect(readImports(path, text).imports).toEqual([]);
      }
    }
  });

  test("never throws, and names places that hold the name", () => {
    const parts = fc.constantFrom(
      'import a from "pkg"',
      "import(",
      '"pkg"',
      "require(",
      ")",
      "{",
      "}",
      ";",
      "\n",
      "export * from 'pkg'",
      "<",
      ">",
      "type ",
      "`",
      "/",
      "*/",
      "/*",
      "=>",
      "@",
      "#",
      "\\",
      "?",
      ".",
    );
    const texts = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(parts, { maxLength: 30 }).map((each) => each.join("")),
    );
    fc.assert(
      fc.property(texts, fc.constantFrom("a.ts", "a.tsx", "a.js", "a.d.ts"), (text, path) => {
        for (const { name, line, startColumn, endColumn } of readImports(path, text).imports) {
          const at = text.split(/\r\n|[\n\r\u2028\u2029]/u)[line - 1] ?? "";
          expect(at.slice(startColumn - 1, endColumn - 1)).toBe(name);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("packageOfSpecifier", () => {
  test.for<[string, string | null]>([
    ["a", "a"],
    ["a/b.js", "a"],
    ["@s/a/b", "@s/a"],
    ["raw-loader!a/b?url", "a"],
    ["./a", null],
    ["/a", null],
    ["#a", null],
    ["node:fs", null],
    ["node:made-up", null],
    ["fs/promises", null],
    ["https://x.example/a.js", null],
    ["virtual:x", null],
    ["@/a", null],
    ["@", null],
    ["", null],
    ["C:\\a", null],
    ["test", "test"],
    ["../a", null],
    ["..", null],
    ["re\u202eact", null],
  ])("%s names %s", ([specifier, name]) => {
    expect(packageOfSpecifier(specifier)).toBe(name);
  });
});

describe("BUILTIN_MODULES", () => {
  test("has every module that the running Node loads without a prefix", () => {
    const own = builtinModules.filter((name) => !/^_|\/|:/u.test(name));
    expect(own.filter((name) => !BUILTIN_MODULES.has(name))).toEqual([]);
  });
});

describe("npm", () => {
  test("looks for manifests from the nearest folder up to the root", () => {
    expect(npm.manifestsFor("a/b/c.ts")).toEqual([
      "a/b/package.json",
      "a/package.json",
      "package.json",
    ]);
    expect(npm.manifestsFor("c.ts")).toEqual(["package.json"]);
  });

  test("leaves installed packages alone", () => {
    expect(npm.isManifest("node_modules/a/package.json")).toBe(false);
    expect(npm.isSource("x/node_modules/a/index.js")).toBe(false);
    expect(npm.isLockfile("a/package-lock.json")).toBe(true);
    expect(["a.ts", "a.mjs", "a.cjs", "a.jsx", "a.d.cts"].every(npm.isSource)).toBe(true);
    expect(["a.json", "a.css", "ts", "a.tsv"].some(npm.isSource)).toBe(false);
  });
});
