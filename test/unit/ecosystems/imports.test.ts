import { describe, expect, test } from "vitest";

import { readRustImports } from "../../../server/ecosystems/cargo/imports.ts";
import { readGoImports } from "../../../server/ecosystems/golang/imports.ts";
import { readPythonImports } from "../../../server/ecosystems/pypi/imports.ts";

describe("readPythonImports", () => {
  test("names third-party modules at their line and columns", () => {
    const found = readPythonImports("import os, requests as r\nfrom yaml.loader import Loader\n");
    expect(found).toEqual([
      { name: "requests", line: 1, startColumn: 12, endColumn: 20, typeOnly: false },
      { name: "yaml", line: 2, startColumn: 6, endColumn: 17, typeOnly: false },
    ]);
  });

  test("leaves out relative imports, strings and comments", () => {
    const text =
      'from . import a\nfrom .b import c\n"""\nimport evil\n"""\n# import worse\nx = "import bad"\n';
    expect(readPythonImports(text)).toEqual([]);
  });

  test("knows imports that only a type checker sees", () => {
    const text =
      "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pandas\nimport numpy\n";
    expect(readPythonImports(text).map(({ name, typeOnly }) => [name, typeOnly])).toEqual([
      ["pandas", true],
      ["numpy", false],
    ]);
  });

  test("takes bounded time on an unclosed string of a million quotes", () => {
    expect(readPythonImports('"'.repeat(1_000_000))).toEqual([]);
  });
});

describe("readGoImports", () => {
  test("names modules in blocks and single imports, not the standard library", () => {
    const text =
      'package a\n\nimport "fmt"\nimport (\n\t"os"\n\tuuid "github.com/google/uuid"\n\t// "example.com/no"\n\t_ "golang.org/x/text"\n)\n\nfunc f() { import "github.com/late/one" }\n';
    expect(readGoImports(text).map(({ name, line }) => [name, line])).toEqual([
      ["github.com/google/uuid", 6],
      ["golang.org/x/text", 8],
    ]);
  });
});

describe("readRustImports", () => {
  test("names crates, not local modules, types or the standard library", () => {
    const text =
      "mod local;\nuse std::io;\nuse serde_json::Value;\nuse local::thing;\npub(crate) use ::tokio::fs;\nextern crate rand;\nuse Enum::Variant;\nuse crate::x;\n";
    expect(readRustImports(text).map(({ name, line }) => [name, line])).toEqual([
      ["serde-json", 3],
      ["tokio", 5],
      ["rand", 6],
    ]);
  });
});
