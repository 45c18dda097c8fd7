import type { ChangedFile, FileStatus, FileVersion } from "../../core/change.ts";
import { addedRanges, countLines, diffLines, removedCount, splitLines } from "../../core/diff.ts";
import type { GitObjectId } from "../../core/edit.ts";
import { GateError } from "../../engine/errors.ts";
import type { ChangeSelection, RawChange } from "../../engine/ports.ts";
import { findBase, findBranch, findHead, resolveCommit } from "./base.ts";
import { readTexts } from "./objects.ts";
import { type GitContext, readGit, runGit } from "./process.ts";
import type { TextCache } from "./text-cache.ts";
import { decodePath, splitNul } from "./text.ts";
import { type IndexPlace, writeStagedTree, writeWorkingTree } from "./working-tree.ts";

type RawFile = RawChange["files"][number];
type FileEnds = Pick<ChangedFile, "path" | "status" | "before" | "after">;

/** Most pairs of files that are compared for renames. */
const RENAME_LIMIT = 2_000;

/** What a change is read from. */
interface Source {
  readonly context: GitContext;
  readonly place: IndexPlace;
  readonly cache: TextCache;
}

/** The change that a selection names. Throws GateError `no-commits`, `no-base`, `bad-usage`, `git-failed`. */
export async function readChange(
  source: Source,
  selection: ChangeSelection,
  signal: AbortSignal,
): Promise<RawChange> {
  const { context } = source;
  const current = await findHead(context, signal);
  if (current === null) {
    throw new GateError("no-commits", "The repository has no commit yet.", {
      remedy: "Make a first commit; a change is measured against one.",
    });
  }
  const commit =
    selection.head === undefined ? current : await resolveCommit(context, selection.head, signal);
  const kind =
    selection.head !== undefined ? "commit" : selection.staged === true ? "index" : "working-tree";
  const [base, tree, branch] = await all([
    baseOf(context, commit, selection.base, signal),
    headTree(kind, source, commit, signal),
    selection.head === undefined ? findBranch(context, signal) : selection.head,
  ]);
  const ends = await diffTrees(context, base.tree, tree, signal);
  return {
    base,
    head: { kind, commit, tree },
    branch,
    files: await addLines(source, ends, signal),
  };
}

/** Waits for every part before the first failure is thrown: no git may go on in a folder that is left. */
async function all<T extends readonly unknown[]>(
  parts: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(parts);
  return Promise.all(parts);
}

async function baseOf(
  context: GitContext,
  head: GitObjectId,
  asked: string | undefined,
  signal: AbortSignal,
): Promise<RawChange["base"]> {
  const commit = await findBase(context, head, asked, signal);
  return { commit, tree: await treeOf(context, commit, signal) };
}

async function headTree(
  kind: RawChange["head"]["kind"],
  { context, place }: Source,
  commit: GitObjectId,
  signal: AbortSignal,
): Promise<GitObjectId> {
  switch (kind) {
    case "commit":
      return treeOf(context, commit, signal);
    case "index":
      return writeStagedTree(context, place, signal);
    case "working-tree":
      return writeWorkingTree(context, place, signal);
  }
}

async function treeOf(
  context: GitContext,
  commit: GitObjectId,
  signal: AbortSignal,
): Promise<GitObjectId> {
  return readGit(context, ["rev-parse", "--verify", "--quiet", `${commit}^{tree}`], { signal });
}

async function diffTrees(
  context: GitContext,
  base: GitObjectId,
  head: GitObjectId,
  signal: AbortSignal,
): Promise<readonly FileEnds[]> {
  const args = ["diff-tree", "-r", "-z", "--raw", "--no-abbrev", "-M", `-l${RENAME_LIMIT}`];
  const { stdout } = await runGit(context, [...args, base, head], { signal });
  const pieces = splitNul(stdout);
  const files: FileEnds[] = [];
  for (let at = 0; at < pieces.length; at += 2) {
    const [oldMode = "", mode = "", oldBlob = "", blob = "", status = ""] =
      pieces[at]?.toString("latin1").slice(1).split(" ") ?? [];
    const oldPath = decodePath(pieces[at + 1] ?? Buffer.alloc(0));
    const isRename = status.startsWith("R");
    if (isRename) at += 1;
    const path = isRename ? decodePath(pieces[at + 1] ?? Buffer.alloc(0)) : oldPath;
    files.push({
      path,
      status: nameStatus(status),
      before: status === "A" ? null : { path: oldPath, blob: oldBlob, mode: oldMode },
      after: status === "D" ? null : { path, blob, mode },
    });
  }
  return files;
}

function nameStatus(letter: string): FileStatus {
  switch (letter.charAt(0)) {
    case "A":
      return "added";
    case "D":
      return "deleted";
    case "R":
      return "renamed";
    case "T":
      return "type-changed";
    case "M":
      return "modified";
    default:
      throw new GateError("git-failed", "git gave an answer that Shipgate does not know.", {
        remedy: "Run `git status`, resolve what it names, and try again.",
      });
  }
}

async function addLines(
  { context, cache }: Source,
  files: readonly FileEnds[],
  signal: AbortSignal,
): Promise<readonly RawFile[]> {
  const blobs = files.flatMap((file) => [file.before, file.after]).filter(isRegular);
  const texts = await readTexts(
    context,
    blobs.map((version) => version.blob),
    signal,
    cache,
  );
  return files.map((file) => ({ ...file, ...compare(file, texts) }));
}

function compare(
  file: FileEnds,
  texts: ReadonlyMap<GitObjectId, string>,
): Pick<RawFile, "opaque" | "addedLines" | "removedLineCount"> {
  const before = textOf(file.before, texts);
  const after = textOf(file.after, texts);
  if (before === null || after === null) {
    return { opaque: true, addedLines: [], removedLineCount: 0 };
  }
  if (before === "") {
    const end = countLines(after);
    return { opaque: false, addedLines: end > 0 ? [{ start: 1, end }] : [], removedLineCount: 0 };
  }
  const hunks = before === after ? [] : diffLines(splitLines(before), splitLines(after));
  return { opaque: false, addedLines: addedRanges(hunks), removedLineCount: removedCount(hunks) };
}

/** A side that does not exist is empty; one that is not a regular text is null. */
function textOf(
  version: FileVersion | null,
  texts: ReadonlyMap<GitObjectId, string>,
): string | null {
  if (version === null) return "";
  return isRegular(version) ? (texts.get(version.blob) ?? null) : null;
}

function isRegular(version: FileVersion | null): version is FileVersion {
  return version !== null && version.mode.startsWith("100");
}
