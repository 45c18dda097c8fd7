import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { onTestFinished } from "vitest";

/** A real repository in a folder of its own, removed when the test ends. */
export interface ScratchRepository {
  readonly root: string;
  readonly git: (...args: readonly string[]) => string;
  readonly write: (path: string, content: string | Uint8Array) => void;
  readonly commitAll: (message?: string) => string;
}

/** A folder of its own, removed when the test ends. */
export function makeFolder(name = "shipgate-"): string {
  const folder = mkdtempSync(join(tmpdir(), name));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Makes a repository with the branch `main`, without commits. */
export function makeRepository(
  options: { readonly root?: string; readonly init?: readonly string[] } = {},
): ScratchRepository {
  const root = options.root ?? makeFolder();
  mkdirSync(root, { recursive: true });
  const git = (...args: readonly string[]) => runGitIn(root, args);
  git("init", "-q", "-b", "main", ...(options.init ?? []));
  return scratch(root, git);
}

/** The same handle on a repository or worktree that is there already. */
export function scratch(
  root: string,
  git = (...args: readonly string[]) => runGitIn(root, args),
): ScratchRepository {
  return {
    root,
    git,
    write(path, content) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
    },
    commitAll(message = "A commit") {
      git("add", "-A");
      git("commit", "-q", "--allow-empty", "-m", message);
      return git("rev-parse", "HEAD");
    },
  };
}

function runGitIn(directory: string, args: readonly string[]): string {
  const identity = ["-c", "user.name=Test", "-c", "user.email=test@registry.example"];
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_"));
  return execFileSync("git", [...identity, "-c", "protocol.file.allow=always", ...args], {
    cwd: directory,
    env: { ...Object.fromEntries(inherited), GIT_CONFIG_GLOBAL: "", GIT_CONFIG_NOSYSTEM: "1" },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).replace(/\n$/u, "");
}
