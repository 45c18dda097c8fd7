import type { AgentSession } from "../core/attribution.ts";
import { type Change, type ChangedFile, changeId } from "../core/change.ts";
import type { Digest } from "../core/digest.ts";
import type { Edit, GitObjectId } from "../core/edit.ts";
import { attributeLines, type EditStep } from "../core/line-authors.ts";
import type { RepoPath } from "../core/location.ts";
import type { ChangeSelection, Journal, RawChange, Repository } from "./ports.ts";

/** Most edits of one file that are followed; older ones are forgotten, and their lines unknown. */
const EDITS_PER_FILE = 2_000;

/** A change with what the checks need beside it. */
export interface BuiltChange {
  readonly change: Change;
  /** Text of every blob of the change that is text. */
  readonly texts: ReadonlyMap<GitObjectId, string>;
  /** Files in which a connected assistant was at work, whether or not it wrote their lines. */
  readonly assistedPaths: ReadonlySet<RepoPath>;
}

interface AddressedEdit {
  readonly address: Digest;
  readonly edit: Edit;
}

/**
 * The change that a selection names, with who wrote each added line as far as the journal proves
 * it. Throws GateError `no-commits`, `no-base`, `bad-usage`, `git-failed`, `journal-broken`.
 */
export async function buildChange(
  repository: Repository,
  journal: Journal,
  selection: ChangeSelection,
  signal: AbortSignal,
): Promise<BuiltChange> {
  const raw = await repository.readChange(selection, signal);
  const edits = await readEdits(journal, raw);
  const texts = await repository.readTexts(blobsOf(raw.files), signal);
  const past = await repository.readTexts(pastBlobs(edits, texts), signal);
  const textOf = (blob: GitObjectId): string | undefined => texts.get(blob) ?? past.get(blob);
  const files = raw.files.map((file) => ({ ...file, lines: linesOf(file, edits, textOf) }));
  return {
    change: {
      schemaVersion: 1,
      id: changeId(raw.base.commit, files),
      base: raw.base,
      head: raw.head,
      branch: raw.branch,
      files,
      sessions: sessionsOf(files),
    },
    texts,
    assistedPaths: new Set(
      files.map((file) => file.path).filter((path) => (edits.get(path) ?? []).some(isAssistants)),
    ),
  };
}

/** The journal's edits of the files of a change, by their path in it. A renamed file has those of both names. */
async function readEdits(
  journal: Journal,
  raw: RawChange,
): Promise<ReadonlyMap<RepoPath, readonly AddressedEdit[]>> {
  const edits = new Map<RepoPath, AddressedEdit[]>();
  const listFor = new Map<RepoPath, AddressedEdit[]>();
  for (const { path, before } of raw.files) {
    const list: AddressedEdit[] = [];
    edits.set(path, list);
    if (before !== null && !listFor.has(before.path)) listFor.set(before.path, list);
    listFor.set(path, list);
  }
  for (const { address, entry } of await journal.read()) {
    if (entry.body.kind !== "edit") continue;
    listFor.get(entry.body.edit.path)?.push({ address, edit: entry.body.edit });
  }
  for (const list of edits.values()) list.splice(0, list.length - EDITS_PER_FILE);
  return edits;
}

function linesOf(
  file: RawChange["files"][number],
  edits: ReadonlyMap<RepoPath, readonly AddressedEdit[]>,
  textOf: (blob: GitObjectId) => string | undefined,
): ChangedFile["lines"] {
  if (file.addedLines.length === 0) return [];
  const side = (blob: GitObjectId | null | undefined): string | null | undefined =>
    blob === null || blob === undefined ? null : textOf(blob);
  const steps: EditStep[] = [];
  for (const { address, edit } of edits.get(file.path) ?? []) {
    const before = side(edit.before);
    const after = side(edit.after);
    // Content that is lost, or no text, explains nothing.
    if (before === undefined || after === undefined) continue;
    steps.push({ address, attribution: edit.attribution, before, after });
  }
  return attributeLines({
    base: side(file.before?.blob) ?? "",
    current: side(file.after?.blob) ?? "",
    steps,
    added: file.addedLines,
  });
}

function blobsOf(files: RawChange["files"]): GitObjectId[] {
  return files
    .flatMap((file) => [file.before, file.after])
    .flatMap((version) => (version?.mode.startsWith("100") === true ? [version.blob] : []));
}

/** Blobs of the edits, the latest first: should they be too many, it is the oldest that are not read. */
function pastBlobs(
  edits: ReadonlyMap<RepoPath, readonly AddressedEdit[]>,
  known: ReadonlyMap<GitObjectId, string>,
): ReadonlySet<GitObjectId> {
  const latestFirst = [...edits.values()].flat().reverse();
  const blobs = latestFirst.flatMap(({ edit }) => [edit.after, edit.before]);
  return new Set(blobs.filter((blob) => blob !== null && !known.has(blob)).map(String));
}

function isAssistants({ edit }: AddressedEdit): boolean {
  return edit.attribution.kind === "ai" || edit.origin.startsWith("hook:");
}

/** The assistants' sessions that wrote lines of files, each once. */
export function sessionsOf(files: readonly ChangedFile[]): readonly AgentSession[] {
  const sessions = new Map<string, AgentSession>();
  for (const { lines } of files) {
    for (const { attribution } of lines) {
      if (attribution.kind !== "ai") continue;
      const { agent, session, model } = attribution.by;
      sessions.set(JSON.stringify([agent, session, model ?? null]), attribution.by);
    }
  }
  return [...sessions.values()];
}
