import type { GitObjectId } from "../../core/edit.ts";
import { printable } from "../../core/printable.ts";
import { GateError } from "../../engine/errors.ts";
import { type GitContext, readGit, runGit } from "./process.ts";

/** The commit that a revision names. Throws GateError `bad-usage` where there is none. */
export async function resolveCommit(
  context: GitContext,
  revision: string,
  signal: AbortSignal,
): Promise<GitObjectId> {
  const commit = await findCommit(context, revision, signal);
  if (commit !== null) return commit;
  throw new GateError("bad-usage", `There is no commit \`${printable(revision)}\`.`, {
    remedy: "Name a branch, a tag or a commit of this repository; `git log` shows them.",
  });
}

/** The commit that HEAD names, null where there is none yet. */
export async function findHead(
  context: GitContext,
  signal: AbortSignal,
): Promise<GitObjectId | null> {
  return findCommit(context, "HEAD", signal);
}

/** The current branch's short name; null where HEAD is detached. */
export async function findBranch(context: GitContext, signal: AbortSignal): Promise<string | null> {
  const args = ["symbolic-ref", "--quiet", "HEAD"];
  const ref = await readGit(context, args, { signal, accept: [1] });
  return ref === "" ? null : ref.replace(/^refs\/heads\//u, "");
}

/**
 * The commit that a change is measured against: the merge base of head and `asked`, or, where
 * nothing was asked, of head and the default branch. That is the remote's default branch as last
 * fetched (`origin/HEAD`, else `origin/main`, `origin/master`, and so on), because it is what a
 * pull request is compared with; without a remote it is the local `main` or `master`. So on the
 * default branch itself the change is what was not pushed yet, or, without a remote, what was not
 * committed yet. A repository whose only branch has another name counts that one as the default.
 */
export async function findBase(
  context: GitContext,
  head: GitObjectId,
  asked: string | undefined,
  signal: AbortSignal,
): Promise<GitObjectId> {
  const other =
    asked === undefined
      ? await findDefaultBranch(context, head, signal)
      : { name: asked, commit: await resolveCommit(context, asked, signal) };
  const args = ["merge-base", head, other.commit];
  const base = (await readGit(context, args, { signal, accept: [1] })).split("\n")[0];
  if (base !== undefined && base !== "") return base;
  const shallow = await readGit(context, ["rev-parse", "--is-shallow-repository"], { signal });
  throw new GateError(
    "no-base",
    `The change and \`${printable(other.name)}\` have no commit in common.`,
    {
      remedy:
        shallow === "true"
          ? "This clone is shallow: run `git fetch --unshallow`, then try again."
          : "Name a branch with a common history by `--base`.",
    },
  );
}

async function findDefaultBranch(
  context: GitContext,
  head: GitObjectId,
  signal: AbortSignal,
): Promise<{ readonly name: string; readonly commit: GitObjectId }> {
  const refs = await listBranches(context, signal);
  const remotes = ["origin", ...new Set([...refs.keys()].flatMap(remoteOf))];
  const names = ["main", "master", "trunk", "develop"];
  const candidates = [
    ...remotes.flatMap((remote) =>
      ["HEAD", ...names].map((name) => `refs/remotes/${remote}/${name}`),
    ),
    ...names.map((name) => `refs/heads/${name}`),
  ];
  for (const ref of candidates) {
    const commit = refs.get(ref);
    if (commit !== undefined)
      return { name: ref.replace(/^refs\/(?:heads|remotes)\//u, ""), commit };
  }
  const only = [...refs.keys()];
  if (only.length === 1 && only[0] !== undefined) return { name: only[0], commit: head };
  throw new GateError("no-base", "It is not clear which branch is the default one.", {
    remedy:
      "Run `git remote set-head origin --auto`, or name the branch to compare with by `--base`.",
  });
}

async function listBranches(
  context: GitContext,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, GitObjectId>> {
  const format = "--format=%(objectname) %(refname)";
  const output = await readGit(context, ["for-each-ref", format, "refs/heads", "refs/remotes"], {
    signal,
  });
  const rows = output.split("\n").filter((row) => row !== "");
  return new Map(rows.map((row) => [row.slice(row.indexOf(" ") + 1), row.split(" ", 1)[0] ?? ""]));
}

function remoteOf(ref: string): string[] {
  const name = /^refs\/remotes\/(?<remote>.+)\/HEAD$/u.exec(ref)?.groups?.["remote"];
  return name === undefined ? [] : [name];
}

async function findCommit(
  context: GitContext,
  revision: string,
  signal: AbortSignal,
): Promise<GitObjectId | null> {
  const { code, stdout } = await runGit(
    context,
    ["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`],
    { signal, accept: [1, 128] },
  );
  return code === 0 ? stdout.toString("utf8").trim() : null;
}
