import type { ChangedFile } from "../change.ts";
import type { Finding } from "../finding.ts";
import { printable } from "../printable.ts";
import { type Check, finding } from "./check.ts";

/**
 * `provenance/unattributed`: lines without an author, only where the policy asks for attribution or
 * a connected assistant was at work in the file. A person who writes in another editor is not
 * punished for it.
 */
export const findUnattributed: Check = ({ change, policy, assistedPaths }) =>
  change.files.flatMap((file) => {
    const assisted = assistedPaths.has(file.path);
    if (!assisted && !policy.require.includes("attribution")) return [];
    return unattributedFinding(file, assisted);
  });

function unattributedFinding(file: ChangedFile, assisted: boolean): readonly Finding[] {
  const ranges = file.lines
    .filter(({ attribution }) => attribution.kind === "unknown")
    .map(({ range }) => range);
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
