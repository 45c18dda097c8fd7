import type { ChangedFile } from "../change.ts";
import type { Finding } from "../finding.ts";
import type { LineRange } from "../location.ts";
import { printable } from "../printable.ts";
import { textAfter } from "./changed-text.ts";
import { type Check, type CheckInput, finding } from "./check.ts";

/**
 * `provenance/unattributed`: lines without an author, only where the policy asks for attribution or
 * a connected assistant was at work in the file. A person who writes in another editor is not
 * punished for it. Lines without a letter or a digit, such as a closing bracket, tell nothing and
 * do not count.
 */
export const findUnattributed: Check = (input) =>
  input.change.files.flatMap((file) => {
    const assisted = input.assistedPaths.has(file.path);
    if (!assisted && !input.policy.require.includes("attribution")) return [];
    return unattributedFinding(file, tellingRanges(input, file), assisted);
  });

/** Ranges of unknown lines with something to know about them. */
function tellingRanges(input: CheckInput, file: ChangedFile): readonly LineRange[] {
  const lines = textAfter(input, file)?.split("\n");
  return file.lines
    .filter(({ attribution }) => attribution.kind === "unknown")
    .map(({ range }) => range)
    .filter(
      ({ start, end }) =>
        lines === undefined ||
        lines.slice(start - 1, end).some((line) => /[\p{L}\p{N}]/u.test(line)),
    );
}

function unattributedFinding(
  file: ChangedFile,
  ranges: readonly LineRange[],
  assisted: boolean,
): readonly Finding[] {
  const [first, ...rest] = ranges;
  if (first === undefined) return [];
  const count = ranges.reduce((sum, { start, end }) => sum + end - start + 1, 0);
  const lines = count === 1 ? "1 new line" : `${count} new lines`;
  const why = assisted ? "an assistant was at work in it" : "the policy asks for attribution";
  return [
    finding({
      rule: "provenance/unattributed",
      subject: file.path,
      message: `Nobody is on record for ${lines} of ${printable(file.path)}, and ${why}.`,
      location: { path: file.path, startLine: first.start, endLine: first.end },
      related: rest.slice(0, MOST_RELATED).map(({ start, end }) => ({
        location: { path: file.path, startLine: start, endLine: end },
        message: "Nobody is on record for these lines either.",
      })),
    }),
  ];
}

/** More places than this would bury the finding. */
const MOST_RELATED = 10;
