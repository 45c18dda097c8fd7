import { spawn } from "node:child_process";
import { openSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { COMMANDS } from "../../server/cli/commands/table.ts";
import { isRuleId } from "../../server/core/rules.ts";
import { ENTRIES, parseOutput, plant, scratch, shipgate } from "./shipgate.ts";

describe.for(ENTRIES)("%s", (entry) => {
  test("shows its version and its help", async () => {
    const version = await shipgate(["--version"], { entry });
    expect(version).toMatchObject({
      code: 0,
      stderr: "",
      stdout: expect.stringMatching(/^\d+\.\d+/),
    });
    const help = await shipgate(["--help"], { entry });
    expect(help).toMatchObject({ code: 0, stderr: "" });
    for (const { name, summary } of COMMANDS) {
      expect(help.stdout).toContain(`  ${name}`);
      expect(help.stdout).toContain(summary);
    }
  });

  test.for(COMMANDS)("explains $name with --help", async ({ name, options }) => {
    const { code, stdout, stderr } = await shipgate([...name.split(" "), "--help"], { entry });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain(`Usage: shipgate ${name}`);
    for (const option of Object.keys(options)) expect(stdout).toContain(`--${option}`);
  });

  test.for([
    [[], "No command was given."],
    [["frobnicate"], 'There is no command "frobnicate".'],
    [["policy"], "`shipgate policy` needs to know what to do."],
    [["policy", "frobnicate"], "`shipgate policy` needs to know what to do."],
    [["help", "frobnicate"], 'There is no command "frobnicate".'],
    [["explain"], "RULE is missing."],
    [["explain", "a", "b"], 'There is no use for "b" here.'],
    [["explain", "dependency/added", "--nope"], "--nope"],
    [["explain", "dependency/added", "--format"], "--format"],
    [["explain", "dependency/added", "--format", "xml"], "--format is one of text, json"],
    [["explain", "no/such-rule"], 'There is no rule "no/such-rule".'],
    [["explain", "\u001B[2J\u202E"], 'There is no rule "\\u{1b}[2J\\u{202e}".'],
    [["-C", "does/not/exist", "explain", "dependency/added"], "is not a folder"],
    [["-C"], "No command was given."],
    [["-X", "explain", "dependency/added"], "-X"],
    [["policy", "validate", "no-such-file.yaml"], "cannot be read (ENOENT)"],
  ] as const)("says what is wrong with %j and exits 3", async ([args, message]) => {
    const { code, stdout, stderr } = await shipgate(args, { entry });
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr).toContain("→");
    expect(stderr).not.toMatch(/[^\P{C}\n]|\n {4}at /u);
  });
});

describe("explain", () => {
  test("tells what a rule is, as text and as JSON", async () => {
    const text = await shipgate(["explain", "sandbox/new-egress"]);
    expect(text.stdout).toContain("Why: ");
    const json = await shipgate(["explain", "sandbox/new-egress", "--format", "json"]);
    const page = parseOutput("explain", json.stdout);
    expect(page).toMatchObject({ schemaVersion: 1, rule: "sandbox/new-egress" });
  });

  test("offers the rules that come near a wrong name", async () => {
    const { stderr } = await shipgate(["explain", "egress"]);
    expect(stderr).toContain("Did you mean sandbox/new-egress?");
    expect(isRuleId("sandbox/new-egress")).toBe(true);
  });
});

describe("standard output", () => {
  test("may go away before it is written to: that is no error", async () => {
    const dir = await scratch();
    await plant(dir, { "shipgate.yaml": "version: 1\n" });
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, "../../server/cli/main.ts"), "policy", "schema"],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    child.stdout.destroy();
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
    const code = await new Promise((done) => child.on("close", done));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  test.skipIf(process.platform !== "linux")("that cannot be written is told", async () => {
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, "../../server/cli/main.ts"), "policy", "schema"],
      { stdio: ["ignore", openSync("/dev/full", "w"), "pipe"] },
    );
    let stderr = "";
    child.stderr?.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
    const code = await new Promise((done) => child.on("close", done));
    expect(code).toBe(3);
    expect(stderr).toContain("The result could not be written");
  });
});
