import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import Ajv04 from "ajv-draft-04";
import addFormats from "ajv-formats";
import { describe, expect, test } from "vitest";

import type { Review } from "../../server/core/review.ts";
import { ENTRIES, git, parseOutput, plant, sample, scratch, shipgate } from "./shipgate.ts";

const SARIF = join(import.meta.dirname, "../fixtures/sarif/sarif-schema-2.1.0.json");

/** Checks a repository without running anything and gives the review. */
async function review(root: string, ...args: readonly string[]) {
  const end = await shipgate(["-C", root, "check", "--no-run", "--format", "json", ...args]);
  return { ...end, review: parseOutput("check", end.stdout) as unknown as Review };
}

const rulesOf = ({ findings }: Review) =>
  findings.map(({ rule, location }) => `${rule} ${location.path}`);

/** A repository in which nothing differs from the base. */
async function cleanRepository(): Promise<string> {
  const root = await scratch();
  await git(root, "init", "--quiet", "--initial-branch=main");
  await plant(root, { "a.txt": "one\n" });
  await git(root, "add", ".");
  await git(root, "commit", "--quiet", "--message", "Begin");
  await git(root, "switch", "--quiet", "--create", "feature");
  return root;
}

describe("check", () => {
  test.for(ENTRIES)("finds what the sample's assistant did and exits 1 (%s)", async (entry) => {
    const root = await sample();
    const args = ["-C", root, "check", "--no-run", "--format", "json"];
    const { code, stdout, stderr } = await shipgate(args, { entry });
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    const found = parseOutput("check", stdout) as unknown as Review;
    expect(found.verdict.status).toBe("fail");
    expect(rulesOf(found)).toEqual(
      expect.arrayContaining([
        "dependency/added package.json",
        "dependency/undeclared-import src/export.ts",
        "policy/protected-path src/payments/amount.ts",
        "policy/host-executed-file package.json",
      ]),
    );
    const sum = found.score.deductions.reduce((total, { points }) => total + points, 0);
    expect(found.score.value).toBe(Math.max(0, 100 - sum));
  });

  test("says the same as text, with the verdict first and nothing to colour in a pipe", async () => {
    const { code, stdout } = await shipgate(["check", "--no-run"], { cwd: await sample() });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^FAIL {2}/);
    expect(stdout).toContain("src/payments/amount.ts");
    expect(stdout).not.toContain("\u001B");
  });

  test("prints valid SARIF, and Markdown", async () => {
    const root = await sample();
    const sarif = await shipgate(["-C", root, "check", "--no-run", "--format", "sarif"]);
    const ajv = new Ajv04.default({ strict: false });
    addFormats.default(ajv);
    const validate = ajv.compile(JSON.parse(readFileSync(SARIF, "utf8")));
    validate(JSON.parse(sarif.stdout));
    expect(validate.errors).toBe(null);
    expect(sarif.code).toBe(1);
    const markdown = await shipgate(["-C", root, "check", "--no-run", "--format", "markdown"]);
    expect(markdown.stdout).toMatch(/^## Shipgate: fail/);
  });

  test("exits 2 for a harmless change that was not run, whose policy wants a run", async () => {
    const root = await cleanRepository();
    await plant(root, { "b.txt": "two\n" });
    const { code, review: found } = await review(root);
    expect(code).toBe(2);
    expect(found.verdict).toMatchObject({ status: "unproven" });
  });

  test("exits 0 where the policy asks for no run and nothing is wrong", async () => {
    const root = await cleanRepository();
    await git(root, "switch", "--quiet", "main");
    await plant(root, {
      "shipgate.yaml": "version: 1\nrequire: []\nrules:\n  sandbox/could-not-run: off\n",
    });
    await git(root, "add", ".");
    await git(root, "commit", "--quiet", "--message", "Ask for no run");
    await git(root, "switch", "--quiet", "--create", "next");
    await plant(root, { "b.txt": "two\n" });
    expect((await review(root)).code).toBe(0);
  });

  test("looks at what is staged, or at a revision, when asked to", async () => {
    const root = await cleanRepository();
    await plant(root, { "staged.txt": "x\n", "loose.txt": "y\n" });
    await git(root, "add", "staged.txt");
    const staged = await review(root, "--staged");
    expect(staged.review.change.files.map(({ path }) => path)).toEqual(["staged.txt"]);
    expect(staged.review.change.head.kind).toBe("index");
    const head = await review(root, "--head", "HEAD", "--base", "main");
    expect(head.review.change.files).toEqual([]);
  });

  test("works on a detached HEAD, in a worktree and in a folder below the root", async () => {
    const root = await sample();
    const other = join(await scratch(), "a worktree");
    await git(root, "worktree", "add", "--quiet", "--detach", other, "main");
    await plant(other, { "src/payments/new.ts": "export const x = 1;\n" });
    await mkdir(join(other, "src/payments"), { recursive: true });
    const { review: found } = await review(join(other, "src/payments"));
    expect(found.change.branch).toBe(null);
    expect(rulesOf(found)).toContain("policy/protected-path src/payments/new.ts");
  });

  test("judges by the merge base and tells the mistakes of a broken policy", async () => {
    const root = await sample();
    await plant(root, { "shipgate.yaml": "version: 1\nprotected-paths: {{\n" });
    const { code, review: found } = await review(root);
    expect(code).toBe(1);
    const rules = rulesOf(found);
    expect(rules).toContain("policy/protected-path src/payments/amount.ts");
    expect(rules).toContain("policy/policy-changed shipgate.yaml");
  });

  test.for([
    ["outside a repository", async () => {}],
    ["in a repository without commits", (dir: string) => git(dir, "init", "--quiet")],
  ] as const)("exits 3 %s and says what to do", async ([, prepare]) => {
    const dir = await scratch();
    await prepare(dir);
    const { code, stdout, stderr } = await shipgate(["-C", dir, "check", "--format", "json"]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toContain("→");
    expect(stderr).not.toContain("mistake in Shipgate");
  });

  test.for([
    [["--base", "no-such-branch"]],
    [["--base", "--evil"]],
    [["--head", "HEAD", "--staged"]],
    [["--run", "--no-run"]],
    [["--base="]],
    [["stray"]],
  ] as const)("exits 3 for %j", async ([args]) => {
    const end = await shipgate(["-C", await sample(), "check", "--no-run", ...args]);
    expect(end).toMatchObject({ code: 3, stdout: "" });
    expect(end.stderr).not.toContain("mistake in Shipgate");
  });

  test("is unproven without an engine, and says so", async () => {
    const root = await cleanRepository();
    await plant(root, {
      "package.json": '{ "name": "x", "scripts": { "test": "node --test" } }\n',
    });
    const socket = join(root, "no.sock").replaceAll(" ", "");
    const env = { DOCKER_HOST: `unix://${socket}` };
    const end = await shipgate(["-C", root, "check", "--format", "json"], { env });
    const found = parseOutput("check", end.stdout) as unknown as Review;
    expect(end.code).not.toBe(0);
    const finding = found.findings.find(({ rule }) => rule === "sandbox/could-not-run");
    expect(finding).toMatchObject({ kind: "unproven", message: expect.stringContaining("engine") });
  });
});

describe("score", () => {
  test("shows a sum that adds up, as text and as JSON", async () => {
    const root = await sample();
    const json = await shipgate(["-C", root, "score", "--format", "json"]);
    expect(json).toMatchObject({ code: 0, stderr: "" });
    const { score } = parseOutput("score", json.stdout) as Pick<Review, "score">;
    const text = await shipgate(["-C", root, "score"]);
    expect(text.stdout).toContain(`Trust score ${score.value} ${score.grade}`);
  });

  test("is 100 where nothing changed", async () => {
    const json = await shipgate(["-C", await cleanRepository(), "score", "--format", "json"]);
    expect(parseOutput("score", json.stdout)).toMatchObject({ score: { value: 100, grade: "A" } });
  });
});

describe("run", () => {
  test("exits 3 without an engine", async () => {
    const root = await sample();
    const socket = join(await scratch(), "no.sock").replaceAll(" ", "");
    const env = { DOCKER_HOST: `unix://${socket}` };
    const end = await shipgate(["-C", root, "run", "--format", "json"], { env });
    expect(end).toMatchObject({ code: 3, stdout: "" });
    expect(end.stderr).toContain("No container engine answers");
  });
});
