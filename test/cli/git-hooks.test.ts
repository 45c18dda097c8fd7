import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { ENTRIES, git, parseOutput, plant, scratch, shipgate } from "./shipgate.ts";
import { makePlace } from "./signed-repository.ts";

/** A policy by which a protected file blocks, and nothing has to be run. */
const POLICY = `version: 1
preset: relaxed
require: []
block: warning
protected-paths:
  - "keep/**"
`;

const QUIET = {
  GIT_AUTHOR_NAME: "T",
  GIT_AUTHOR_EMAIL: "t@shop.example",
  GIT_COMMITTER_NAME: "T",
  GIT_COMMITTER_EMAIL: "t@shop.example",
  DOCKER_HOST: "unix:///nowhere/docker.sock",
};

async function repository(): Promise<string> {
  const root = join(await scratch(), "it's here");
  await mkdir(root);
  await git(root, "init", "-q", "-b", "main");
  await plant(root, { "shipgate.yaml": POLICY, "keep/a.txt": "one\n", "b.txt": "one\n" });
  await git(root, "add", "-A");
  await git(root, "commit", "-q", "-m", "Begin");
  await git(root, "switch", "-q", "-c", "feature");
  return root;
}

/** Git as a person calls it, with the hooks that are there. */
function run(root: string, ...args: readonly string[]) {
  const end = spawnSync("git", ["-C", root, ...args], {
    encoding: "utf8",
    env: { ...process.env, ...QUIET },
  });
  return { code: end.status, stderr: end.stderr };
}

describe.for(ENTRIES)("git-hooks (%s)", (entry) => {
  const install = (root: string, ...more: readonly string[]) =>
    shipgate(["-C", root, "git-hooks", "install", ...more], { entry });
  const remove = (root: string) =>
    shipgate(["-C", root, "git-hooks", "remove", "--yes"], { entry });

  test("are shown, written on consent, stop what fails, and are removed whole", async () => {
    const root = await repository();
    const folder = join(root, ".git/hooks");
    await mkdir(folder, { recursive: true });
    const theirs = '#!/bin/sh\necho "theirs ran" >&2\n';
    writeFileSync(join(folder, "pre-commit"), theirs, { mode: 0o755 });
    const shown = await install(root);
    expect(shown).toMatchObject({ code: 3, stdout: expect.stringContaining("pre-commit") });
    expect(readFileSync(join(folder, "pre-commit"), "utf8")).toBe(theirs);

    expect(await install(root, "--yes")).toMatchObject({ code: 0, stderr: "" });
    expect((await install(root)).stdout).toContain("already");
    await plant(root, { "b.txt": "two\n" });
    const good = run(root, "commit", "-qam", "Good");
    expect(good).toMatchObject({ code: 0, stderr: "theirs ran\n" });

    await plant(root, { "keep/a.txt": "two\n" });
    const bad = run(root, "commit", "-qm", "Bad", "--", "keep/a.txt");
    expect(bad.code).toBe(1);
    expect(bad.stderr).toContain("theirs ran");
    expect(bad.stderr).toContain("policy/protected-path");
    expect(bad.stderr).toMatch(/The commit was stopped \(fail\)\.\n {2}→ .*git add/u);
    expect(bad.stderr).not.toMatch(/\n {4}at /u);

    const passed = run(root, "commit", "-qam", "Bad", "--no-verify");
    expect(passed).toMatchObject({ code: 0, stderr: expect.stringContaining("was not judged") });

    const gone = await remove(root);
    expect(gone).toMatchObject({ code: 0, stdout: expect.stringContaining("Removed") });
    expect(readFileSync(join(folder, "pre-commit"), "utf8")).toBe(theirs);
    for (const name of ["pre-push", "post-commit", "pre-commit.before-shipgate"]) {
      expect(existsSync(join(folder, name))).toBe(false);
    }
    expect((await remove(root)).stdout).toContain("no hooks of ours");
  }, 240_000);

  test("before a push judge each commit, and give the other hook what git said", async () => {
    const root = await repository();
    const remote = join(await scratch(), "remote.git");
    execFileSync("git", ["init", "-q", "--bare", remote]);
    await git(root, "remote", "add", "origin", remote);
    await git(root, "push", "-q", "origin", "main");
    const folder = join(root, ".git/hooks");
    await mkdir(folder, { recursive: true });
    const theirs = "#!/bin/sh\ncat > pushed.log\n";
    writeFileSync(join(folder, "pre-push"), theirs, { mode: 0o755 });
    await install(root, "--yes");
    await plant(root, { "b.txt": "two\n" });
    await git(root, "commit", "-q", "--no-verify", "-am", "Good");
    expect(run(root, "push", "-q", "origin", "feature").code).toBe(0);
    expect(readFileSync(join(root, "pushed.log"), "utf8")).toContain("refs/heads/feature");
    await plant(root, { "keep/a.txt": "two\n" });
    await git(root, "commit", "-q", "--no-verify", "-am", "Bad");
    const bad = run(root, "push", "-q", "origin", "feature");
    expect(bad).toMatchObject({ code: 1, stderr: expect.stringContaining("The push was stopped") });
    expect(run(root, "push", "-q", "origin", "--delete", "feature").code).toBe(0);
  }, 240_000);

  test("with --notes each commit is signed into its note, which follows an amended one", async () => {
    const root = await makePlace();
    expect(await install(root, "--yes", "--notes")).toMatchObject({ code: 0 });
    await plant(root, { "a.txt": "a\nb\nc\n" });
    expect(run(root, "commit", "-qam", "More")).toMatchObject({ code: 0, stderr: "" });
    expect(run(root, "commit", "-q", "--amend", "-m", "More of it").code).toBe(0);
    const shown = await shipgate(["-C", root, "notes", "show", "--format", "json"], { entry });
    const { statements } = parseOutput("notes-show", shown.stdout) as { statements: object[] };
    expect(statements).toContainEqual(expect.objectContaining({ state: "holds" }));
    await remove(root);
    expect(existsSync(join(root, ".git/hooks/post-rewrite"))).toBe(false);
  }, 120_000);

  test.for([
    ["a tool's own hooks", ".husky/_", "husky"],
    ["tracked hooks", "tools/hooks", "a tool of the project"],
  ])("%s are left alone, and what to add is told", async ([, path, name]) => {
    const root = await repository();
    await git(root, "config", "core.hooksPath", path ?? "");
    const end = await install(root, "--yes");
    expect(end).toMatchObject({ code: 3, stdout: "" });
    expect(end.stderr).toContain(name);
    expect(end.stderr).toContain("shipgate git-hooks run pre-commit");
    expect(existsSync(join(root, path ?? ""))).toBe(false);
  });

  test("hooks of all repositories, links and edited hooks are left alone", async () => {
    const root = await repository();
    const home = await scratch();
    writeFileSync(join(home, "config"), "[core]\n\thooksPath = /all/hooks\n");
    const shared = await shipgate(["-C", root, "git-hooks", "install", "--yes"], {
      entry,
      env: { GIT_CONFIG_GLOBAL: join(home, "config") },
    });
    expect(shared).toMatchObject({ code: 3, stderr: expect.stringContaining("/all/hooks") });

    await mkdir(join(root, ".git/hooks"), { recursive: true });
    await symlink("/etc/hostname", join(root, ".git/hooks/pre-push"));
    expect((await install(root, "--yes")).stderr).toContain("is a link");

    const other = await repository();
    await install(other, "--yes");
    const file = join(other, ".git/hooks/pre-commit");
    writeFileSync(file, `${readFileSync(file, "utf8")}echo mine\n`);
    expect((await remove(other)).stderr).toContain("edited since");
    expect(readFileSync(file, "utf8")).toContain("echo mine");
  });
});
