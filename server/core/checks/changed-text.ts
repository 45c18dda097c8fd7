import type { ChangedFile, FileVersion } from "../change.ts";
import { type Location, lineLocation, type RepoPath } from "../location.ts";
import type { CheckInput } from "./check.ts";

/** The text of a changed file before the change; null where there was none or it is no text. */
export function textBefore(input: Pick<CheckInput, "texts">, file: ChangedFile): string | null {
  return file.before === null ? null : (input.texts.get(file.before.blob) ?? null);
}

/** The text of a changed file after the change; null where there is none or it is no text. */
export function textAfter(input: Pick<CheckInput, "texts">, file: ChangedFile): string | null {
  return file.after === null ? null : (input.texts.get(file.after.blob) ?? null);
}

/** The text of any file at head, changed or not; null where there is none or it was not read. */
export function textAtHead(input: CheckInput, path: RepoPath): string | null {
  const changed = input.change.files.find((file) => file.after?.path === path);
  if (changed !== undefined) return textAfter(input, changed);
  const gone = input.change.files.some((file) => file.before?.path === path);
  return gone ? null : (input.context.get(path) ?? null);
}

/** The text of any file as the merge base has it; null where there is none or it was not read. */
export function textAtBase(
  input: Pick<CheckInput, "change" | "texts" | "context">,
  path: RepoPath,
): string | null {
  const changed = input.change.files.find(({ before }) => before?.path === path);
  if (changed !== undefined) return textBefore(input, changed);
  const isNew = input.change.files.some(({ after }) => after?.path === path);
  return isNew ? null : (input.context.get(path) ?? null);
}

/** Whether a version is a file with content of its own, not a link to another place or a submodule. */
export function isOrdinaryFile(version: FileVersion): boolean {
  return version.mode.startsWith("100");
}

/** Where to show something about a whole changed file: its first new line, else its first line. */
export function firstChange(file: ChangedFile): Location {
  const path = file.after?.path ?? file.path;
  return lineLocation(path, file.addedLines[0]?.start ?? 1);
}
