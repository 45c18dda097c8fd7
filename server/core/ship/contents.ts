import type { RepoPath } from "../location.ts";
import { type IgnoreRule, readIgnoreFile } from "./ignore-file.ts";

/** A file of the commit, as git's tree lists it. */
export interface CommittedFile {
  readonly path: RepoPath;
  /** git's octal mode. */
  readonly mode: string;
  readonly blob: string;
  readonly size: number;
}

/** Which files of a commit go into the image. */
export interface Contents {
  readonly files: readonly CommittedFile[];
  readonly leftOut: readonly RepoPath[];
  /** Who decided: the repository's `.dockerignore`, or our own list where there is none. */
  readonly by: ".dockerignore" | "default";
}

/** Why nothing can be shipped, and what to do about it. */
export interface ShipProblem {
  readonly problem: string;
  readonly remedy: string;
}

/** Never part of a running service, whatever a `.dockerignore` says: how it is made and judged. */
const NEVER =
  /^(?:\.git|\.github|\.gitlab|\.shipgate|\.claude|\.cursor|\.vscode|\.idea|node_modules)\/|^(?:\.gitignore|\.gitattributes|\.gitmodules|\.git-blame-ignore-revs|\.dockerignore|\.npmrc|\.yarnrc(?:\.yml)?|shipgate\.yaml|Dockerfile[^/]*|compose[^/]*\.ya?ml|docker-compose[^/]*\.ya?ml)$|(?:^|\/)\.(?:env[^/]*|git|DS_Store)$/u;
/** What a service does not need, where the repository does not say. */
const DEFAULT_OUT =
  /(?:^|\/)(?:tests?|__tests__|spec|e2e|coverage|docs)\/|\.(?:test|spec)\.[cm]?[jt]sx?$|^[^/]*\.md$|^\.[^/]+(?:\/|$)|^(?:tsconfig[^/]*\.json|eslint\.config\.[^/]+|vitest\.config\.[^/]+|jest\.config\.[^/]+)$/u;

/**
 * Chooses the files of a commit that go into its image. A `.dockerignore` decides where there is one;
 * else tests, documentation, dot files and settings of tools stay out. `needed` are paths that the
 * start command names: they must be in it.
 */
export function chooseContents(
  entries: readonly CommittedFile[],
  ignoreText: string | null,
  needed: readonly RepoPath[],
): Contents | ShipProblem {
  const rule = ignoreText === null ? null : readIgnoreFile(ignoreText);
  if (ignoreText !== null && rule === null) {
    return {
      problem: "The `.dockerignore` of the commit cannot be read.",
      remedy: "Mend its patterns, commit, and have the change judged again.",
    };
  }
  const isOut: IgnoreRule = rule ?? ((path) => DEFAULT_OUT.test(path));
  const files: CommittedFile[] = [];
  const leftOut: RepoPath[] = [];
  for (const entry of entries) {
    if (NEVER.test(entry.path) || isOut(entry.path)) leftOut.push(entry.path);
    else files.push(entry);
  }
  const problem = problemOf(files, leftOut, needed);
  return problem ?? { files, leftOut, by: rule === null ? "default" : ".dockerignore" };
}

function problemOf(
  files: readonly CommittedFile[],
  leftOut: readonly RepoPath[],
  needed: readonly RepoPath[],
): ShipProblem | null {
  const submodule = files.find(({ mode }) => mode === "160000");
  if (submodule !== undefined) {
    return {
      problem: `${submodule.path} is a submodule: its files are not part of what was judged.`,
      remedy: "Leave it out with `.dockerignore`, or bring its files into the repository.",
    };
  }
  const there = new Set(files.map(({ path }) => path));
  const missing = needed.find((path) => !there.has(path));
  if (missing === undefined) return null;
  return leftOut.includes(missing)
    ? {
        problem: `The start script runs ${missing}, which is left out of the image.`,
        remedy: "Let `.dockerignore` take it in.",
      }
    : {
        problem: `The start script runs ${missing}, which is not in the commit.`,
        remedy: "Commit the file, or name the right one in package.json.",
      };
}
