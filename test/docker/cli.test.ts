import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { makeSample, mendSample } from "../../scripts/sample.ts";
import { prepareImage } from "../../server/adapters/images/build.ts";
import type { Review } from "../../server/core/review.ts";
import { parseOutput, scratch, shipgate } from "../cli/shipgate.ts";
import { engine } from "./box.ts";

describe("sandbox doctor", () => {
  test("proves the protection of a box on this engine", async () => {
    const end = await shipgate(["sandbox", "doctor", "--format", "json"]);
    expect(end).toMatchObject({ code: 0, stderr: "" });
    const { isolation } = parseOutput("sandbox-doctor", end.stdout);
    expect(isolation).toMatchObject({
      level: expect.stringMatching(/container|gvisor|microvm/),
      selfTest: {
        connectionDenied: true,
        writeDenied: true,
        limitsApplied: true,
        unprivileged: true,
      },
    });
  });
});

describe("check", () => {
  test("runs base and head of the sample, and passes what was mended", async () => {
    const { root } = await makeSample(join(await scratch(), "order export"), { hook: null });
    const before = await shipgate(["-C", root, "check", "--format", "json"]);
    expect(before.code).toBe(1);
    const found = parseOutput("check", before.stdout) as unknown as Review;
    expect(found.runs?.base.end).toEqual({ reason: "exited", code: 0 });
    expect(
      found.delta?.tests.map(({ name, before: was, after: is }) => [name, was?.status, is?.status]),
    ).toContainEqual([expect.stringContaining("writes headers"), "passed", "failed"]);
    const rules = found.findings.map(({ rule }) => rule);
    expect(rules).toContain("sandbox/test-outcome-changed");
    const egress = found.findings.find(({ rule }) => rule === "sandbox/new-egress");
    const text = await readFile(join(root, "src/export.ts"), "utf8");
    const line = text.split("\n").findIndex((each) => each.includes("198.51.100.7")) + 1;
    expect(egress?.location).toMatchObject({ path: "src/export.ts", startLine: line });
    const [connect] = found.delta?.appeared ?? [];
    expect(connect).toHaveProperty("stack.0", expect.objectContaining({ line }));

    await mendSample(root, { hook: null });
    const after = await shipgate(["-C", root, "check", "--format", "json"]);
    const mended = parseOutput("check", after.stdout) as unknown as Review;
    expect(mended.findings.filter(({ rule }) => rule.startsWith("sandbox/"))).toEqual([]);
    expect(mended.verdict.status).toBe("pass");
    expect(after.code).toBe(0);
    expect(mended.score.value).toBeGreaterThan(found.score.value);
  });
});

describe("run", () => {
  test("runs a command of its own on base and head, which is no evidence for check", async () => {
    const { root } = await makeSample(join(await scratch(), "order export"), { hook: null });
    const code = "process.exit(Number(require('node:fs').existsSync('src/export.ts')) + 4)";
    const args = ["-C", root, "run", "--format", "json", "--", "node", "-e", code];
    const end = await shipgate(args);
    const output = parseOutput("run", end.stdout) as unknown as Pick<Review, "runs">;
    expect(output.runs?.head.request.command).toEqual(["node", "-e", code]);
    expect(output.runs?.head.end).toEqual({ reason: "exited", code: 5 });
    const kept = await shipgate(["-C", root, "check", "--no-run", "--format", "json"]);
    expect(parseOutput("check", kept.stdout)).toMatchObject({ runs: null });
  });
});

describe("image", () => {
  test("build refuses a recipe that there is not", async () => {
    const end = await shipgate(["image", "build", "no-such-recipe"], { cwd: await scratch() });
    expect(end).toMatchObject({ code: 3, stdout: "" });
    expect(end.stderr).toContain("node-24");
  });
});

describe("doctor", () => {
  test("is content with a machine that has all", async () => {
    if (engine === null) throw new Error("These tests need a container engine.");
    for (const recipe of ["keeper", "node-24", "node-24-dev"]) {
      const { signal } = new AbortController();
      await prepareImage(recipe, { engine: engine.docker, progress: () => undefined, signal });
    }
    const end = await shipgate(["doctor", "--format", "json"]);
    const { items } = parseOutput("doctor", end.stdout) as {
      items: { name: string; status: string }[];
    };
    // An assistant of this machine that is not connected is a warning, and none of the test's business.
    expect(items.filter(({ status }) => status === "missing")).toEqual([]);
    for (const name of ["node", "git", "engine", "images", "sandbox"])
      expect(items).toContainEqual(expect.objectContaining({ name, status: "good" }));
    expect(end.code).toBe(0);
  });
});
