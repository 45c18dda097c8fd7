import { describe, expect, test } from "vitest";

import type { CheckInput } from "../../../../server/core/checks/check.ts";
import { contextPaths } from "../../../../server/core/checks/context-paths.ts";
import { runChecks } from "../../../../server/core/checks/run-checks.ts";
import { inputOf } from "./fixture.ts";

const MANIFEST = '{ "dependencies": { "express": "5" } }\n';

/** The input with one part of each changed file's new version replaced. */
function withMode(input: CheckInput, mode: string): CheckInput {
  const files = input.change.files.map((file) => {
    const after = file.after && Object.assign({}, file.after, { mode });
    return Object.assign({}, file, { after });
  });
  return { ...input, change: { ...input.change, files } };
}

const said = (input: CheckInput) =>
  runChecks(input, []).map(({ rule, kind, message }) => [rule, kind, message]);

describe("runChecks", () => {
  test("turns a check that throws into an unproven finding and runs the others", () => {
    const { input } = inputOf({}, { "a.sql": "1\n" });
    const found = runChecks(
      input,
      [],
      [
        {
          rule: "policy/protected-path",
          check: () => {
            throw new Error("boom \u202E");
          },
        },
        { rule: "dependency/added", check: () => [] },
      ],
    );
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({
      rule: "policy/protected-path",
      kind: "unproven",
      severity: "error",
    });
    expect(found[0]?.message).toContain("boom \\u{202e}");
  });

  test("says nothing about a change without files", () => {
    const { input, loaded } = inputOf({ "a.ts": "1" }, { "a.ts": "1" });
    expect(runChecks(input, loaded.problems)).toEqual([]);
  });

  test("does not read a manifest that became a link", () => {
    const { input } = inputOf({ "package.json": MANIFEST }, { "package.json": "../evil.json" });
    expect(said(withMode(input, "120000"))).toContainEqual([
      "dependency/unreadable",
      "unproven",
      "package.json cannot be judged: It is a link and not a file.",
    ]);
  });

  test("tells of manifests and sources whose text could not be had", () => {
    const { input } = inputOf({}, { "package.json": MANIFEST, "a.ts": 'import "x";\n' });
    expect(said({ ...input, texts: new Map() })).toEqual([
      [
        "dependency/undeclared-import",
        "unproven",
        "The imports of a.ts are not known: It is not text, or too large to be read.",
      ],
      [
        "dependency/unreadable",
        "unproven",
        "package.json cannot be judged: It is not text, or too large to be read.",
      ],
      [
        "policy/unreadable-source",
        "unproven",
        "a.ts is not readable text, or too large, so no check has seen it.",
      ],
    ]);
  });

  test("does not take an edit of the policy for harmless when it became a link or executable hook", () => {
    const text = "version: 1\n";
    const { input } = inputOf({ "shipgate.yaml": text }, { "shipgate.yaml": `${text}# x\n` });
    expect(runChecks(input, [])).toEqual([]);
    expect(runChecks(withMode(input, "120000"), []).map(({ rule }) => rule)).toEqual([
      "policy/policy-changed",
    ]);
    const hook = inputOf({ ".husky/x": "a\n" }, { ".husky/x": "a\n# b\n" }).input;
    expect(runChecks(hook, [])).toEqual([]);
    expect(runChecks(withMode(hook, "100755"), []).map(({ rule }) => rule)).toEqual([
      "policy/host-executed-file",
    ]);
  });

  test("escapes hostile names in messages", () => {
    const { input } = inputOf({}, { ".husky/\u202Epre-commit\n": "x\n" });
    const [only] = runChecks(input, []);
    expect(only?.message).toContain("\\u{202e}pre-commit\\u{a}");
    expect(only?.message).not.toMatch(/[\u202E\n]/u);
  });
});

describe("contextPaths", () => {
  const { input } = inputOf({}, { "web/src/a.ts": "1\n" });
  const asked = contextPaths(input.change.files, ["core/package.json", "web/package.json"]);

  test("asks for the manifests and mappings above a source, nearest first, then for the others", () => {
    const manifests = asked.filter((path) => path.endsWith("package.json"));
    expect(manifests).toEqual([
      "web/src/package.json",
      "web/package.json",
      "package.json",
      "core/package.json",
    ]);
    expect(asked).toContain("web/tsconfig.json");
    expect(new Set(asked).size).toBe(asked.length);
  });

  test("is bounded", () => {
    const manifests = Array.from({ length: 10_000 }, (_, i) => `p${i}/package.json`);
    expect(contextPaths([], manifests).length).toBeLessThan(10_000);
  });
});
