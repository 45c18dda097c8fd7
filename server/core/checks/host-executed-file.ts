import type { ChangedFile } from "../change.ts";
import type { Finding } from "../finding.ts";
import { type Location, lineLocation } from "../location.ts";
import { matchesGlob } from "../policy/glob.ts";
import { printable } from "../printable.ts";
import { firstChange, isOrdinaryFile, textAfter, textBefore } from "./changed-text.ts";
import { type Check, type CheckInput, finding } from "./check.ts";
import { changedLine } from "./effective-lines.ts";
import { HOST_EXECUTED, type HostExecuted } from "./host-executed-paths.ts";
import { findLifecycleScripts } from "./lifecycle-scripts.ts";

/** `policy/host-executed-file`: files, and lifecycle scripts, that run outside every sandbox. */
export const findHostExecutedFiles: Check = (input) =>
  input.change.files.flatMap((file) => [
    ...fileFinding(input, file),
    ...findLifecycleScripts(input, file),
  ]);

function fileFinding(input: CheckInput, file: ChangedFile): readonly Finding[] {
  const path = file.after?.path ?? file.path;
  const entry = HOST_EXECUTED.find(({ globs }) =>
    globs.some((glob) => matchesGlob(path, glob, { ignoreCase: true })),
  );
  if (entry === undefined) return [];
  const location = effectOf(input, file, entry);
  if (location === null) return [];
  const verb = file.after === null ? "deleted" : file.before === null ? "added" : "changed";
  return [
    finding({
      rule: "policy/host-executed-file",
      subject: path,
      message: `${printable(path)} was ${verb}: ${entry.reason}.`,
      location,
    }),
  ];
}

/** Where the change takes effect; null where it has none. What cannot be read is taken to have one. */
function effectOf(input: CheckInput, file: ChangedFile, entry: HostExecuted): Location | null {
  const { before, after } = file;
  if (after === null) return entry.guards ? lineLocation(file.path, 1) : null;
  const [old, text] = [textBefore(input, file), textAfter(input, file)];
  const isMoved = before !== null && (before.path !== after.path || before.mode !== after.mode);
  const isOpaque = text === null || (before !== null && old === null);
  if (isMoved || isOpaque || !isOrdinaryFile(after)) return firstChange(file);
  const line = changedLine(entry, old ?? "", text, file.addedLines);
  return line === null ? null : lineLocation(after.path, line);
}
