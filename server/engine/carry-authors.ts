import { AttributionStatement } from "../core/attest/attribution.ts";
import { carryAttribution } from "../core/attest/carry-attribution.ts";
import type { AnyStatement } from "../core/attest/statement.ts";
import type { TrustedKey } from "../core/attest/trusted-keys.ts";
import type { Change } from "../core/change.ts";
import type { GitObjectId } from "../core/edit.ts";
import { readTrustedKeys } from "./approvals.ts";
import { type BuiltChange, sessionsOf } from "./change.ts";
import type { Notes, Ports, Repository } from "./ports.ts";

/** One line of a commit's note. */
interface NoteLine {
  readonly commit: GitObjectId;
  readonly text: string;
}

/**
 * Attributes lines of which the journal knows nothing by the signed notes of the change's own
 * commits: in another clone, and in CI, there is no journal. Only keys that the base lists count.
 */
export async function addNotedAuthors(
  { repository, notes, clock }: Pick<Ports, "repository" | "notes" | "clock">,
  built: BuiltChange,
  signal: AbortSignal,
): Promise<BuiltChange> {
  const { change, texts } = built;
  if (change.head.commit === null || !change.files.some(hasUnknownLines)) return built;
  const lines = await notes.readRange(change.base.commit, change.head.commit, signal);
  if (lines.length === 0) return built;
  const { keys } = await readTrustedKeys(repository, change, signal);
  const statements = provenAuthors(notes, lines, keys, clock.now());
  return { ...built, change: await fillAuthors(repository, { change, texts }, statements, signal) };
}

/** The attribution statements in notes that a trusted key signed, each about the commit that has it. */
export function provenAuthors(
  notes: Notes,
  lines: readonly NoteLine[],
  trusted: readonly TrustedKey[],
  time: string,
): readonly AttributionStatement[] {
  return lines.flatMap(({ commit, text }) => {
    const result = notes.verify(text, trusted, time);
    if (!result.holds || !isAbout(result.statement, commit)) return [];
    return AttributionStatement.safeParse(result.statement).data ?? [];
  });
}

/** Fills the lines of unknown author of a change from statements, by content. */
export async function fillAuthors(
  repository: Repository,
  { change, texts }: Pick<BuiltChange, "change" | "texts">,
  statements: readonly AttributionStatement[],
  signal: AbortSignal,
): Promise<Change> {
  if (statements.length === 0) return change;
  const blobs = statements.flatMap(({ predicate }) => predicate.files.map(({ blob }) => blob));
  const old = await repository.readTexts(blobs, signal);
  const files = change.files.map((file) => {
    const text = file.after === null ? undefined : texts.get(file.after.blob);
    if (file.after === null || text === undefined) return file;
    const { path, before, lines } = file;
    const carried = { path, oldPath: before?.path ?? path, blob: file.after.blob, text, lines };
    return { ...file, lines: carryAttribution(carried, statements, (blob) => old.get(blob)) };
  });
  return { ...change, files, sessions: sessionsOf(files) };
}

/** Whether a statement is about a commit and about no other. */
export function isAbout({ subject }: AnyStatement, commit: GitObjectId): boolean {
  const commits = subject.flatMap(({ digest }) => digest["gitCommit"] ?? []);
  return commits.length === 1 && commits[0] === commit;
}

function hasUnknownLines({ lines }: Change["files"][number]): boolean {
  return lines.some(({ attribution }) => attribution.kind === "unknown");
}
