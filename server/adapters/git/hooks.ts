import { chmod, lstat, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";

import { printable } from "../../core/printable.ts";
import { GateError } from "../../engine/errors.ts";
import type { Repository } from "../../engine/ports.ts";
import { readGit } from "./process.ts";

/** The hooks of git that call us. */
export const GIT_HOOKS = ["pre-commit", "post-commit", "pre-push", "post-rewrite"] as const;
export type GitHook = (typeof GIT_HOOKS)[number];

export interface HookOptions {
  /** Whether each commit's verdict and authors are signed into its note, and follow it. */
  readonly notes: boolean;
}

/** What would be done to one hook's file. */
export interface HookPlan {
  readonly hook: GitHook;
  readonly file: string;
  /** What is there already and is called first; null where nothing is. */
  readonly chained: string | null;
  /** The file's new text; null where it is taken away. */
  readonly text: string | null;
  readonly isNeeded: boolean;
}

const MARK = "# Made by `shipgate git-hooks install`, taken away by `shipgate git-hooks remove`.";
/** Hooks to which git tells more on standard input. */
const WITH_INPUT: ReadonlySet<GitHook> = new Set(["pre-push", "post-rewrite"]);
const KEPT = ".before-shipgate";

/**
 * What installing would write. A hook that is there is kept beside ours and called before it.
 * Throws GateError `bad-input` where hooks are another tool's files or all repositories'.
 */
export async function planHooks(
  repository: Repository,
  program: readonly string[],
  options: HookOptions,
): Promise<readonly HookPlan[]> {
  const folder = await findHooks(repository);
  const wanted = GIT_HOOKS.filter((hook) => options.notes || hook !== "post-rewrite");
  return Promise.all(
    wanted.map(async (hook) => {
      const file = join(folder, hook);
      const there = await readText(file);
      const text = scriptOf(hook, program, options);
      const isOurs = there?.includes(MARK) === true;
      const kept = `${file}${KEPT}`;
      const other = isOurs ? kept : file;
      const chained = (await readText(other)) === null ? null : other;
      return { hook, file, chained, text, isNeeded: there !== text };
    }),
  );
}

/** What removing would do: only files that are ours, and what was there before comes back. */
export async function planRemoval(repository: Repository): Promise<readonly HookPlan[]> {
  const folder = await findHooks(repository, { anywhere: true });
  const plans: HookPlan[] = [];
  for (const hook of GIT_HOOKS) {
    const file = join(folder, hook);
    const there = await readText(file);
    if (there?.includes(MARK) !== true) continue;
    if (!isUntouched(there)) {
      throw new GateError("bad-input", `${file} was made by Shipgate and edited since.`, {
        remedy: "Take the lines of Shipgate out of it yourself, so that yours are not lost.",
      });
    }
    const chained = (await readText(`${file}${KEPT}`)) === null ? null : `${file}${KEPT}`;
    plans.push({ hook, file, chained, text: null, isNeeded: true });
  }
  return plans;
}

/** Does what was planned. */
export async function writeHooks(plans: readonly HookPlan[]): Promise<void> {
  for (const { file, text, isNeeded } of plans) {
    if (!isNeeded) continue;
    const kept = `${file}${KEPT}`;
    if (text === null) {
      await rm(file);
      await rename(kept, file).catch(ignoreMissing);
      continue;
    }
    await mkdir(dirname(file), { recursive: true });
    const there = await readText(file);
    if (there !== null && !there.includes(MARK)) {
      if ((await readText(kept)) !== null) throw alreadyKept(kept);
      await rename(file, kept);
    }
    await writeFile(file, text, { mode: 0o755 });
    await chmod(file, 0o755);
  }
}

/** The folder that git runs hooks from. */
async function findHooks(
  repository: Repository,
  options: { readonly anywhere?: boolean } = {},
): Promise<string> {
  const { root, stateDir } = repository;
  const args = ["config", "--type=path", "--show-scope", "--get-all", "core.hooksPath"];
  const configured = (await readGit({ directory: root }, args, { accept: [1] })).split("\n");
  const settings = configured.map((line) => line.split("\t"));
  // Our own setting for git, by which it runs no hooks, is the one of the command.
  const found = settings.findLast(
    ([scope]) => scope !== undefined && /^(?:local|worktree|global|system)$/u.test(scope),
  );
  const usual = join(dirname(stateDir), "hooks");
  const [scope, path] = found ?? [];
  if (scope === undefined || path === undefined || options.anywhere === true) {
    return path === undefined ? usual : resolve(root, path);
  }
  const folder = resolve(root, path);
  if (scope === "global" || scope === "system") throw sharedHooks(folder);
  const inside = relative(root, folder);
  const isTracked = !inside.startsWith("..") && !isAbsolute(inside) && !/^\.git[/\\]/u.test(inside);
  if (isTracked) throw anotherTools(inside);
  return folder;
}

/** What git calls. What comes on standard input goes to the other hook and to ours. */
function scriptOf(hook: GitHook, program: readonly string[], { notes }: HookOptions): string {
  const isFed = WITH_INPUT.has(hook);
  const flags = notes && hook === "post-commit" ? " --notes" : "";
  const words = program.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(" ");
  return [
    "#!/bin/sh",
    MARK,
    ...(isFed ? ["input=$(cat)"] : []),
    `if [ -x "$0${KEPT}" ]; then`,
    isFed
      ? `  printf '%s\\n' "$input" | "$0${KEPT}" "$@" || exit $?`
      : `  "$0${KEPT}" "$@" || exit $?`,
    "fi",
    ...(isFed ? [`printf '%s\\n' "$input" |`] : []),
    `${words} git-hooks run ${hook}${flags}`,
    "",
  ].join("\n");
}

function isUntouched(text: string): boolean {
  const kinds = GIT_HOOKS.flatMap((hook) => [true, false].map((notes) => ({ hook, notes })));
  return kinds.some(({ hook, notes }) => {
    const [before = "", after = ""] = scriptOf(hook, ["\0"], { notes }).split("'\0'");
    return (
      text.startsWith(before) &&
      text.endsWith(after) &&
      !text.slice(before.length, -after.length).includes("\n")
    );
  });
}

/** A hook's text; null where there is none. A link or a folder in its place is not followed. */
async function readText(file: string): Promise<string | null> {
  const found = await lstat(file).catch(() => null);
  if (found === null) return null;
  if (found.isSymbolicLink() || !found.isFile()) {
    throw new GateError("bad-input", `${printable(file)} is a link or a folder, and no file.`, {
      remedy: "Have what it leads to call `shipgate git-hooks run`; see docs/recipes.md.",
    });
  }
  return readFile(file, "utf8");
}

function sharedHooks(folder: string): GateError {
  return new GateError(
    "bad-input",
    `Hooks of all your repositories come from ${printable(folder)} (core.hooksPath).`,
    {
      remedy:
        "Call `shipgate git-hooks run pre-commit` and `shipgate git-hooks run pre-push` from there; see docs/recipes.md.",
    },
  );
}

function anotherTools(folder: string): GateError {
  const tool = folder.startsWith(".husky") ? "husky" : "a tool of the project";
  return new GateError(
    "bad-input",
    `Hooks come from ${printable(folder)}, files of the repository that ${tool} keeps (core.hooksPath).`,
    {
      remedy: `Add \`shipgate git-hooks run pre-commit\` to its pre-commit and \`shipgate git-hooks run pre-push\` to its pre-push; see docs/recipes.md.`,
    },
  );
}

function alreadyKept(kept: string): GateError {
  return new GateError("bad-input", `${printable(kept)} is there already.`, {
    remedy: "Look at both files, take one away, and install again.",
  });
}

function ignoreMissing(error: unknown): void {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return;
  throw error;
}
