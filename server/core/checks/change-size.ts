import { ECOSYSTEMS } from "../../ecosystems/ecosystems.ts";
import type { ChangedFile } from "../change.ts";
import { lineLocation } from "../location.ts";
import { POLICY_PATH } from "../policy/policy.ts";
import { textBefore } from "./changed-text.ts";
import { type Check, type CheckInput, finding } from "./check.ts";

/** Lock files of tools that no reader here knows. */
const LOCKS =
  /(?:^|\/)(?:yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|deno\.lock|flake\.lock|Podfile\.lock|Package\.resolved|mix\.lock|pubspec\.lock|gradle\.lockfile|packages\.lock\.json|conda-lock\.yml|pixi\.lock)$/u;
/** What tools write and nobody reads, as far as its name says. */
const GENERATED =
  /(?:^|\/)(?:dist|__snapshots__|vendor|node_modules|third_party)\/|\.(?:min\.(?:js|css)|map|snap|ambr|svg|pb\.go|pb\.cc|pb\.h|g\.dart|freezed\.dart|designer\.cs|generated\.[a-z]+)$|_pb2(?:_grpc)?\.pyi?$|_generated\.[a-z]+$/iu;
const GENERATED_NOTE =
  /@generated\b|\bcode generated\b.*\bdo not edit\b|\bauto-?generated\b.*\bdo not edit\b/iu;
/** Where such a note stands: among the first lines. */
const NOTE_LENGTH = 1000;

/** `policy/change-too-large`: more to read than a person reads well. */
export const findTooLargeChange: Check = (input) => {
  const { lines: mostLines, files: mostFiles } = input.policy.changeSize;
  const counted = input.change.files.filter((file) => isReviewed(input, file));
  const lines = counted.reduce((sum, file) => sum + linesOf(file), 0);
  const over = [
    ...(mostLines !== null && lines > mostLines
      ? [`${lines} lines (the policy allows ${mostLines})`]
      : []),
    ...(mostFiles !== null && counted.length > mostFiles
      ? [`${counted.length} files (the policy allows ${mostFiles})`]
      : []),
  ];
  if (over.length === 0) return [];
  const largest = counted.toSorted((a, b) => linesOf(b) - linesOf(a))[0];
  return [
    finding({
      rule: "policy/change-too-large",
      subject: "change",
      message: `The change is too large to be reviewed well: ${over.join(" and ")}; lock and generated files are not counted.`,
      location: lineLocation(
        largest?.after?.path ?? largest?.path ?? POLICY_PATH,
        largest?.addedLines[0]?.start ?? 1,
      ),
    }),
  ];
};

function linesOf({ addedLines, removedLineCount }: ChangedFile): number {
  return addedLines.reduce((sum, { start, end }) => sum + end - start + 1, removedLineCount);
}

/** A note that a file is generated counts where the base has it: a change could write it anywhere. */
function isReviewed(input: CheckInput, file: ChangedFile): boolean {
  const { path } = file;
  if (LOCKS.test(path) || GENERATED.test(path)) return false;
  if (ECOSYSTEMS.some((ecosystem) => ecosystem.isLockfile(path))) return false;
  const before = textBefore(input, file);
  return before === null || !GENERATED_NOTE.test(before.slice(0, NOTE_LENGTH));
}
