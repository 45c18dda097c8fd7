import { join } from "node:path";

import Ajv from "ajv";
import { describe, expect, test } from "vitest";

import { git, parseOutput, plant, sample, scratch, shipgate } from "./shipgate.ts";

describe("policy validate", () => {
  test("is content with a good file and exits 0", async () => {
    const dir = await scratch();
    await plant(dir, { "shipgate.yaml": "version: 1\npreset: strict\n" });
    const end = await shipgate(["policy", "validate"], { cwd: dir });
    expect(end).toEqual({ code: 0, stdout: "shipgate.yaml is valid.\n", stderr: "" });
  });

  test("names the place of each mistake and exits 1", async () => {
    const dir = await scratch();
    await plant(dir, { "a policy.yaml": "version: 1\npresett: strict\nblock: never\n" });
    const args = ["-C", dir, "policy", "validate", "a policy.yaml"];
    const text = await shipgate(args);
    expect(text.code).toBe(1);
    expect(text.stdout).toMatch(/^a policy\.yaml:2:1: /m);
    expect(text.stdout).toMatch(/^a policy\.yaml:3:8: /m);
    const json = await shipgate([...args, "--format", "json"]);
    expect(json.code).toBe(1);
    expect(parseOutput("policy-validate", json.stdout)).toMatchObject({
      valid: false,
      problems: [{ location: { startLine: 2 } }, { location: { startLine: 3 } }],
    });
  });

  test("does not let a file act on the terminal", async () => {
    const dir = await scratch();
    await plant(dir, { "shipgate.yaml": 'version: 1\n"\u202E\\e[2J": 1\n' });
    const { code, stdout } = await shipgate(["-C", dir, "policy", "validate"]);
    expect(code).toBe(1);
    expect(stdout).not.toMatch(/[^\P{C}\n]/u);
  });
});

describe("policy show", () => {
  test("shows the policy of the merge base, whatever the working tree says", async () => {
    const root = await sample();
    await plant(root, { "shipgate.yaml": "version: 1\npreset: relaxed\nprotected-paths: []\n" });
    const end = await shipgate(["-C", root, "policy", "show", "--format", "json"]);
    expect(end).toMatchObject({ code: 0, stderr: "" });
    const { values, commit } = parseOutput("policy-show", end.stdout);
    expect(commit).toBe(await git(root, "rev-parse", "main"));
    expect(values).toContainEqual({
      key: "protected-paths",
      value: ["src/payments/**"],
      origin: { kind: "file", path: "shipgate.yaml", line: expect.any(Number) },
    });
    expect(values).toContainEqual({
      key: "block",
      value: "error",
      origin: { kind: "preset", preset: "balanced" },
    });
  });

  test("works from a folder below the root and shows the same as text", async () => {
    const root = await sample();
    const end = await shipgate(["policy", "show"], { cwd: join(root, "src") });
    expect(end.code).toBe(0);
    expect(end.stdout).toMatch(/^protected-paths +\["src\/payments\/\*\*"\] +shipgate\.yaml:\d+$/m);
  });

  test("exits 3 outside a repository and in one without commits", async () => {
    const dir = await scratch();
    const outside = await shipgate(["-C", dir, "policy", "show"]);
    expect(outside).toMatchObject({ code: 3, stdout: "" });
    await git(dir, "init", "--quiet");
    const empty = await shipgate(["-C", dir, "policy", "show"]);
    expect(empty).toMatchObject({ code: 3, stdout: "" });
    expect(empty.stderr).not.toMatch(/mistake in Shipgate/);
  });
});

describe("policy schema", () => {
  test("is a schema that takes a good file and refuses a misspelt one", async () => {
    const { code, stdout } = await shipgate(["policy", "schema"]);
    expect(code).toBe(0);
    const ajv = new Ajv.default({ strict: false });
    ajv.addFormat("date", /^\d{4}-\d{2}-\d{2}$/);
    const validate = ajv.compile(JSON.parse(stdout));
    expect(validate({ version: 1, "protected-paths": ["src/**"] })).toBe(true);
    expect(validate({ version: 1, "protected-path": ["src/**"] })).toBe(false);
    expect(validate({ version: 1, rules: { "no/such-rule": "off" } })).toBe(false);
  });
});
