import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { watchGit } from "../../server/adapters/git/watch.ts";

const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

let root = "";
let stop: (() => void) | null = null;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "watch ü-"));
  git("init", "--quiet", "--initial-branch=main");
  git("commit", "--quiet", "--allow-empty", "--message=one");
});

afterEach(() => {
  stop?.();
  stop = null;
  rmSync(root, { recursive: true });
});

function git(...args: readonly string[]): void {
  const identity = ["-c", "user.name=A", "-c", "user.email=a@a.example"];
  execFileSync("git", ["-C", root, ...identity, ...args], { stdio: "pipe" });
}

/** Settles when the watcher calls after something was done; the test's own timeout is the limit. */
async function notices(act: () => void, watched = root): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  stop = watchGit({ root: watched, commonDir: join(root, ".git"), log: SILENT }, resolve);
  act();
  await promise;
}

describe("watchGit", () => {
  test("notices a commit", async () => {
    await notices(() => git("commit", "--quiet", "--allow-empty", "--message=two"));
  });

  test("notices another branch", async () => {
    await notices(() => git("switch", "--quiet", "--create", "feature/a"));
  });

  test("notices a branch that moves while another one is checked out", async () => {
    await notices(() => git("branch", "other"));
  });

  test("notices what is staged", async () => {
    writeFileSync(join(root, "a.txt"), "a");
    await notices(() => git("add", "a.txt"));
  });

  test("notices a switch in a linked working tree", async () => {
    const linked = join(root, "linked");
    git("worktree", "add", "--quiet", linked);
    await notices(() => {
      execFileSync("git", ["-C", linked, "switch", "--quiet", "--detach"], { stdio: "pipe" });
    }, linked);
  });

  test("says so and goes on where a directory cannot be watched", () => {
    const said: string[] = [];
    const log = { ...SILENT, warn: (message: string) => said.push(message) };
    const missing = join(root, "missing");
    stop = watchGit({ root: missing, commonDir: missing, log }, () => {});
    expect(said.length).toBeGreaterThan(0);
  });
});
