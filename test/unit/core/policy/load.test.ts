import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { matchesGlob } from "../../../../server/core/policy/glob.ts";
import { loadPolicy } from "../../../../server/core/policy/load.ts";
import { PRESETS } from "../../../../server/core/policy/presets.ts";
import { policyJsonSchema } from "../../../../server/core/policy/schema.ts";
import { RULES } from "../../../../server/core/rules.ts";

const ORIGIN = { commit: "c".repeat(40), path: "shipgate.yaml" };
const load = (...lines: string[]) => loadPolicy(`${lines.join("\n")}\n`, ORIGIN);

/** Problems as `line:column-column message`. */
function problemsOf(...lines: string[]) {
  return load(...lines).problems.map(
    ({ location: at, message }) =>
      `${at.startLine}:${at.startColumn}-${at.endLine === at.startLine ? "" : `${at.endLine}:`}${at.endColumn} ${message}`,
  );
}

describe("loadPolicy", () => {
  test("takes the balanced preset where there is no file", () => {
    const loaded = loadPolicy(null, ORIGIN);
    expect(loaded.policy).toEqual(PRESETS.balanced);
    expect(loaded.origin).toBe("default");
    expect(loaded.problems).toEqual([]);
  });

  test("fills in the preset where the file is silent", () => {
    const { policy, problems } = load(
      "version: 1",
      "preset: strict",
      "block: error",
      "rules:",
      "  dependency/added: off",
      "protected-paths: [src/auth/**]",
      "sandbox:",
      "  memory: 256",
      "  timeout: 10",
      "  command: [node, --test]",
    );
    expect(problems).toEqual([]);
    expect(policy).toMatchObject({
      preset: "strict",
      block: "error",
      protectedPaths: ["src/auth/**"],
      require: PRESETS.strict.require,
    });
    expect(policy.severities["dependency/added"]).toBe("off");
    expect(policy.severities["provenance/unattributed"]).toBe("warning");
    expect(policy.sandbox).toEqual({
      ...PRESETS.strict.sandbox,
      command: ["node", "--test"],
      limits: {
        ...PRESETS.strict.sandbox.limits,
        memoryBytes: 256 * 1024 * 1024,
        timeoutMs: 10_000,
      },
    });
  });

  test("gives two files that mean the same one hash", () => {
    const one = load("version: 1", "block: error", "# a comment", "rules: {}");
    const other = load("version: 1", "preset: balanced");
    expect(one.hash).toBe(other.hash);
    expect(load("version: 1", "block: warning").hash).not.toBe(one.hash);
  });

  test("remembers on which line each exception stands", () => {
    const exception = (rule: string) => [
      `  - rule: ${rule}`,
      "    paths: [package.json]",
      "    reason: reviewed by hand",
      "    owner: kim",
      "    expires: 2026-12-31",
    ];
    const loaded = load(
      "version: 1",
      "exceptions:",
      ...exception("dependency/added"),
      ...exception("policy/protected-path"),
    );
    expect(loaded.problems).toEqual([]);
    expect(loaded.exceptionLines).toEqual([3, 8]);
  });

  test.for<[string, string[], string[]]>([
    [
      "an unknown key",
      ["version: 1", "protect-paths: [a]"],
      ['2:1-14 There is no setting "protect-paths"; did you mean "protected-paths".'],
    ],
    [
      "an unknown nested key",
      ["version: 1", "sandbox:", "  ram: 1"],
      ['3:3-6 There is no setting "ram".'],
    ],
    [
      "an unknown rule",
      ["version: 1", "rules:", "  dependency/add: off"],
      ['3:3-17 There is no rule "dependency/add"; did you mean "dependency/added".'],
    ],
    [
      "a bad severity",
      ["version: 1", "rules:", "  dependency/added: loud"],
      ['3:21-25 Expected one of "info"|"warning"|"error"|"off".'],
    ],
    [
      "a missing version",
      ["preset: strict"],
      ['1:1-7 "version" is missing; start the file with `version: 1`.'],
    ],
    ["a wrong version", ["version: 2"], ["1:10-11 Expected 1."]],
    [
      "a list instead of a map",
      ["- a"],
      ["1:3-4 A policy is a map of settings; start it with `version: 1`."],
    ],
    ["an empty file", [""], ["1:1-2 A policy is a map of settings; start it with `version: 1`."]],
    [
      "a limit out of range",
      ["version: 1", "sandbox: { memory: 1 }"],
      ["2:20-21 Too small: expected number to be >=64."],
    ],
    [
      "a glob that starts with a slash",
      ["version: 1", "protected-paths:", "  - ok", "  - /src"],
      ["4:5-9 Paths start at the repository root: leave out the first slash."],
    ],
    [
      "an exception without an owner",
      [
        "version: 1",
        "exceptions:",
        "  - rule: dependency/added",
        "    paths: [a]",
        "    reason: because I say so",
        "    expires: 2026-02-30",
      ],
      ['3:5-9 "owner" is missing.', "6:14-24 Invalid ISO date."],
    ],
    [
      "an unknown rule in an exception",
      ["version: 1", "exceptions: [{rule: policy/mystery}]"],
      [
        '2:21-35 There is no rule "policy/mystery".',
        '2:15-19 "paths" is missing.',
        '2:15-19 "reason" is missing.',
        '2:15-19 "owner" is missing.',
        '2:15-19 "expires" is missing.',
      ],
    ],
    [
      "a duplicate key",
      ["version: 1", "block: error", "block: info"],
      ['3:1-6 "block" is given twice.'],
    ],
    [
      "an alias",
      ["version: 1", "protected-paths: &p [a]", "require: *p"],
      [
        "2:21-24 Anchors are not read in a policy: write the value out.",
        "3:10-12 Aliases are not read in a policy: write the value out.",
      ],
    ],
    [
      "a merge key",
      ["version: 1", "<<: { block: info }"],
      ["2:1-3 Merge keys are not read in a policy: write it out."],
    ],
    [
      "a tag",
      ["version: 1", "block: !secret error"],
      ["2:8-15 This is not valid YAML: Unresolved tag: !secret"],
    ],
    [
      "a YAML 1.1 directive that turns off into false",
      ["%YAML 1.1", "---", "version: 1", "rules: { dependency/added: off }"],
      ['4:28-31 Expected one of "info"|"warning"|"error"|"off".'],
    ],
  ])("tells %s at its place", ([, lines, expected]) => {
    expect(problemsOf(...lines)).toEqual(expected);
  });

  test("tells a syntax error at its place", () => {
    const { problems } = load("version: 1", "rules: {");
    expect(problems[0]?.message).toMatch(/^This is not valid YAML: /u);
    expect(problems[0]?.location).toMatchObject({ path: "shipgate.yaml", startLine: 3 });
  });

  test("falls back to strict with the protected paths that could be read, and no exception", () => {
    const { policy } = load(
      "version: 1",
      "preset: relaxed",
      "block: nothing",
      "protected-paths: [src/pay/**]",
      "require: []",
      "exceptions: []",
    );
    expect(policy).toEqual({
      ...PRESETS.strict,
      protectedPaths: [...PRESETS.strict.protectedPaths, "src/pay/**"],
    });
  });

  const bomb = Array.from({ length: 12 }, (_, i) => `a${i}: &a${i} [${`*a${i - 1},`.repeat(9)}]`);
  test.for<[string, string]>([
    ["an alias bomb", `a-1: &a-1 x\n${bomb.join("\n")}`],
    ["a cycle", "version: &v [*v]"],
    ["deep nesting", `version: ${"[".repeat(10_000)}`],
    ["deep valid nesting", `version: ${"[".repeat(100)}${"]".repeat(100)}`],
    ["a huge file", `version: 1\n# ${"x".repeat(200_000)}`],
    ["twenty thousand keys", Array.from({ length: 12_000 }, (_, i) => `k${i}: v`).join("\n")],
    ["a prototype key", "version: 1\n__proto__: { block: info }"],
    ["a key that is a list", "version: 1\n? [a]\n: b"],
    ["two documents", "version: 1\n---\nversion: 1\nblock: info"],
    ["a NUL", "version: 1\nblock: \0"],
  ])("refuses %s and holds the strict preset", ([, text]) => {
    const loaded = loadPolicy(text, ORIGIN);
    expect(loaded.problems.length).toBeGreaterThan(0);
    expect(loaded.problems.length).toBeLessThanOrEqual(50);
    expect(loaded.policy).toEqual(PRESETS.strict);
  });

  test("escapes what it quotes", () => {
    expect(problemsOf("version: 1", '"\\u202Eevil": 1').join()).toContain("\\u{202e}evil");
  });

  test("never throws, and never weakens the gate over a mistake", () => {
    const words = fc.constantFrom(
      "version: 1",
      "rules:",
      "  dependency/added: off",
      "exceptions:",
      "- ",
      "&a",
      "*a",
      "<<: *a",
      "{",
      "}",
      "[",
      "]",
      ": ",
      "\n",
      "? ",
      "!!map",
      "block: info",
      "protected-paths:",
      "|",
      ">",
      '"',
      "'",
      "%YAML 1.1",
      "---",
    );
    const texts = fc.oneof(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.array(words, { maxLength: 40 }).map((parts) => parts.join("")),
      fc.array(words, { maxLength: 40 }).map((parts) => parts.join("\n")),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const { policy, problems } = loadPolicy(text, ORIGIN);
        const lines = text.split("\n").length;
        for (const { location } of problems) {
          expect(location.startLine).toBeGreaterThanOrEqual(1);
          expect(location.startLine).toBeLessThanOrEqual(lines + 1);
        }
        if (problems.length > 0) expect(policy.block).toBe("warning");
      }),
      { numRuns: 300 },
    );
  });
});

describe("matchesGlob", () => {
  test.for<[string, string, boolean]>([
    ["src/a.ts", "src/**", true],
    ["src/a/b.ts", "src/", true],
    [".github/workflows/x.yml", "**/*.yml", true],
    ["SRC/A.ts", "src/**", true],
    ["a/CODEOWNERS", "CODEOWNERS", false],
    ["#a", "#a", true],
    ["srcs/a.ts", "src/**", false],
  ])("%s against %s is %s", ([path, glob, expected]) => {
    expect(matchesGlob(path, glob, { ignoreCase: true })).toBe(expected);
  });

  test("minds case where it is asked to", () => {
    expect(matchesGlob("SRC/a.ts", "src/**", { ignoreCase: false })).toBe(false);
  });

  test("survives globs that would expand without end", () => {
    const bomb = `${"{a,b}".repeat(60)}${"**/".repeat(60)}x`;
    expect(matchesGlob("a/".repeat(100), bomb, { ignoreCase: true })).toBe(false);
  });
});

describe("policyJsonSchema", () => {
  const schema = policyJsonSchema() as {
    properties: Record<
      string,
      { description?: string; properties?: Record<string, { description: string }> }
    >;
    additionalProperties: boolean;
  };

  test("describes every setting and refuses others", () => {
    expect(schema.additionalProperties).toBe(false);
    for (const [name, { description }] of Object.entries(schema.properties)) {
      expect(description, name).toBeTruthy();
    }
  });

  test("names every rule with its title, so that editors complete them", () => {
    const rules = schema.properties["rules"]?.properties ?? {};
    expect(Object.keys(rules)).toEqual(Object.keys(RULES));
    expect(rules["dependency/added"]?.description).toContain(RULES["dependency/added"].title);
  });
});
