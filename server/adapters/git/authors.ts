import type { ChangeEnds } from "../../core/change.ts";
import { type GitContext, readGit, runGit } from "./process.ts";

/**
 * E-mail addresses of everybody who wrote a change: authors, committers and co-authors of its
 * commits, and, where it holds what is not committed, the user. Null where that is not known.
 * Git takes everybody's word for who they are, so this finds honest authors only.
 */
export async function readAuthors(
  context: GitContext,
  { base, head }: ChangeEnds,
  signal: AbortSignal,
): Promise<readonly string[] | null> {
  const found = new Set<string>();
  if (head.commit !== null) {
    const format = "--format=%ae%n%ce%n%(trailers:key=co-authored-by,valueonly)";
    const range = [head.commit, "--not", base.commit];
    const output = await readGit(context, ["log", "-z", format, ...range], { signal });
    for (const line of output.split(/[\n\0]/u)) {
      const email = /<(?<inner>[^<>]+)>/u.exec(line)?.groups?.["inner"] ?? line.trim();
      if (email !== "") found.add(email);
    }
  }
  if (head.kind === "commit") return found.size === 0 ? null : [...found];
  const args = ["var", "GIT_AUTHOR_IDENT"];
  const { code, stdout } = await runGit(context, args, { signal, accept: [128] });
  const own = /<(?<inner>[^<>]+)>/u.exec(stdout.toString("utf8"))?.groups?.["inner"];
  return code !== 0 || own === undefined ? null : [...found.add(own)];
}

/** The user's address as git has it for a folder; null where it has none that could stand in a list. */
export async function readUserEmail(directory: string): Promise<string | null> {
  const args = ["config", "--get", "user.email"];
  const email = await readGit({ directory }, args, { accept: [1] });
  return /^[^\s,"*?!#]+$/u.test(email) ? email : null;
}
