import { join } from "node:path";

import type { GitObjectId } from "../../core/edit.ts";
import { GateError } from "../../engine/errors.ts";
import { withLock } from "../ledger/lock.ts";
import { type GitContext, readGit, runGit } from "./process.ts";

/** Where the signed statements about commits are. */
export const NOTES_REF = "refs/notes/shipgate";
/** Largest note that is read or written, in bytes. */
const NOTE_BYTES = 32 * 1024 * 1024;
/** Most commits of a branch that are looked at, and most of their notes that are read. */
const MOST_COMMITS = 5_000;
const MOST_NOTES = 100;
/** Most statements in one note. */
const MOST_LINES = 1_000;

/** The lines of a commit's note, one envelope each; empty where it has none or one that is too large. */
export async function readNote(
  context: GitContext,
  commit: GitObjectId,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const text = (await readNoteText(context, NOTES_REF, commit, signal)) ?? "";
  return text
    .split("\n")
    .filter((line) => line !== "")
    .slice(0, MOST_LINES);
}

/** The lines of the notes of a branch's own commits, newest first. Without any note it costs one look. */
export async function readNotesOf(
  context: GitContext,
  base: GitObjectId,
  head: GitObjectId,
  signal: AbortSignal,
): Promise<readonly { readonly commit: GitObjectId; readonly text: string }[]> {
  const args = ["rev-parse", "--verify", "--quiet", NOTES_REF];
  if ((await runGit(context, args, { signal, accept: [1] })).code !== 0) return [];
  const listed = await readGit(context, ["notes", `--ref=${NOTES_REF}`, "list"], { signal });
  const noted = new Set(listed.split("\n").map((row) => row.split(" ")[1] ?? ""));
  const range = ["rev-list", `--max-count=${MOST_COMMITS}`, head, "--not", base];
  const commits = (await readGit(context, range, { signal })).split("\n");
  const found: { readonly commit: GitObjectId; readonly text: string }[] = [];
  for (const commit of commits.filter((each) => noted.has(each)).slice(0, MOST_NOTES)) {
    for (const text of await readNote(context, commit, signal)) found.push({ commit, text });
  }
  return found;
}

/** A commit's note under a ref; null where it has none or one that is too large. */
export async function readNoteText(
  context: GitContext,
  ref: string,
  commit: GitObjectId,
  signal: AbortSignal,
): Promise<string | null> {
  const { code, stdout } = await runGit(context, ["notes", `--ref=${ref}`, "list", commit], {
    signal,
    accept: [1],
  });
  const blob = stdout.toString("latin1").trim();
  if (code !== 0 || !/^[0-9a-f]{40,64}$/u.test(blob)) return null;
  const size = Number(await readGit(context, ["cat-file", "-s", blob], { signal }));
  return size <= NOTE_BYTES ? readGit(context, ["cat-file", "blob", blob], { signal }) : null;
}

/**
 * Adds lines to a commit's note, each once, in the user's own repository. Throws GateError
 * `git-failed`, and `bad-input` where the note would become too large.
 */
export async function addToNote(
  place: { readonly root: string; readonly stateDir: string },
  commit: GitObjectId,
  lines: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  // Notes are meant to last, so they are written as safely as commits.
  const context = { directory: place.root, config: ["core.fsync=committed"] };
  await withLock(join(place.stateDir, "notes-lock"), async () => {
    const before = await readNote(context, commit, signal);
    const all = [...new Set([...before, ...lines])];
    if (all.length === before.length) return;
    const text = `${all.join("\n")}\n`;
    if (all.length > MOST_LINES || Buffer.byteLength(text) > NOTE_BYTES) {
      throw new GateError("bad-input", "The note of the commit would become too large.", {
        remedy: `Look at it with \`git notes --ref=${NOTES_REF} show\`, and remove what is old.`,
      });
    }
    await putNote(context, NOTES_REF, commit, text, signal);
  });
}

/**
 * Writes another tool's note of a commit, on the user's request. Throws GateError `bad-input` where
 * the commit has another one already.
 */
export async function writeForeignNote(
  root: string,
  ref: string,
  commit: GitObjectId,
  text: string,
  signal: AbortSignal,
): Promise<void> {
  const before = await readNoteText({ directory: root }, ref, commit, signal);
  if (before?.trimEnd() === text.trimEnd()) return;
  if (before !== null) {
    throw new GateError("bad-input", `The commit has a note under ${ref} already.`, {
      remedy: `Look at it with \`git notes --ref=${ref} show\`, and remove it if yours should replace it.`,
    });
  }
  await putNote({ directory: root }, ref, commit, text, signal);
}

async function putNote(
  context: GitContext,
  ref: string,
  commit: GitObjectId,
  text: string,
  signal: AbortSignal,
): Promise<void> {
  const hashed = ["hash-object", "-w", "--no-filters", "--stdin"];
  const blob = await readGit(context, hashed, { signal, input: text });
  const args = ["notes", `--ref=${ref}`, "add", "-f", "-C", blob, commit];
  await runGit(await withIdentity(context, signal), args, { signal });
}

/** The notes' history needs an author; a machine without one configured gets a neutral name. */
async function withIdentity(context: GitContext, signal: AbortSignal): Promise<GitContext> {
  const { code } = await runGit(context, ["var", "GIT_COMMITTER_IDENT"], { signal, accept: [128] });
  if (code === 0) return context;
  const config = ["user.name=Shipgate", "user.email=shipgate@localhost"];
  return { ...context, config: [...(context.config ?? []), ...config] };
}
