import { ECOSYSTEMS } from "../../ecosystems/ecosystems.ts";
import type { ChangedFile } from "../change.ts";
import type { Finding } from "../finding.ts";
import { lineLocation } from "../location.ts";
import { printable } from "../printable.ts";
import { isOrdinaryFile, textAfter } from "./changed-text.ts";
import { type Check, type CheckInput, finding } from "./check.ts";

/** More mistakes of one file than this say nothing new. */
const MOST_MISTAKES = 5;

/** `dependency/unreadable`: a manifest or lock file of the change that cannot be judged. */
export const findUnreadable: Check = (input) =>
  input.change.files.flatMap((file) => mistakesOf(input, file).slice(0, MOST_MISTAKES));

function mistakesOf(input: CheckInput, file: ChangedFile): readonly Finding[] {
  const path = file.after?.path;
  const ecosystem = ECOSYSTEMS.find(
    (each) => path !== undefined && (each.isManifest(path) || each.isLockfile(path)),
  );
  if (path === undefined || file.after === null || ecosystem === undefined) return [];
  const tell = (reason: string, line: number) =>
    finding({
      rule: "dependency/unreadable",
      kind: "unproven",
      subject: reason,
      message: `${printable(path)} cannot be judged: ${reason}`,
      location: lineLocation(path, line),
    });
  if (!isOrdinaryFile(file.after)) return [tell("It is a link and not a file.", 1)];
  const text = textAfter(input, file);
  if (text === null) return [tell("It is not text, or too large to be read.", 1)];
  const read = ecosystem.isManifest(path) ? ecosystem.readManifest : ecosystem.readLockfile;
  return read(path, text).mistakes.map(({ message, line }) => tell(message, line));
}
