import type { ChangedFile } from "../change.ts";
import type { GitObjectId } from "../edit.ts";
import type { Finding } from "../finding.ts";
import { inRanges, lineLocation } from "../location.ts";
import { printable } from "../printable.ts";
import { isOrdinaryFile, textAfter } from "./changed-text.ts";
import { type Check, type CheckInput, finding } from "./check.ts";

/** A place that holds a secret. It does not hold the secret, nor anything derived from it. */
export interface SecretPlace {
  readonly line: number;
  readonly startColumn: number;
  readonly endColumn: number;
  /** What it is, as people call it: `GitHub token`. */
  readonly kind: string;
}

/** What the scanner made of the new lines of the change, by blob. It is no part of core because it needs Node. */
export interface SecretScan {
  readonly places: ReadonlyMap<GitObjectId, readonly SecretPlace[]>;
  /** Why a blob could not be scanned. */
  readonly failures: ReadonlyMap<GitObjectId, string>;
}

/** `policy/secret`: credentials of a known form on new lines. The secret itself is in no output. */
export const findSecrets: Check = (input) =>
  input.change.files.flatMap((file) => {
    const { after } = file;
    if (after === null || !isOrdinaryFile(after) || textAfter(input, file) === null) return [];
    const failure = input.secrets.failures.get(after.blob);
    if (failure !== undefined) return [unscanned(after.path, failure)];
    return secretsOf(input, file, after);
  });

function secretsOf(
  input: CheckInput,
  file: ChangedFile,
  { path, blob }: { readonly path: string; readonly blob: GitObjectId },
): readonly Finding[] {
  const counts = new Map<string, number>();
  return (input.secrets.places.get(blob) ?? [])
    .filter(({ line }) => inRanges(file.addedLines, line))
    .map(({ line, startColumn, endColumn, kind }) => {
      const nth = (counts.get(kind) ?? 0) + 1;
      counts.set(kind, nth);
      return finding({
        rule: "policy/secret",
        subject: `${kind} ${nth}`,
        message: `This line holds a secret: ${kind}.`,
        location: { path, startLine: line, endLine: line, startColumn, endColumn },
      });
    });
}

function unscanned(path: string, reason: string): Finding {
  return finding({
    rule: "policy/secret",
    kind: "unproven",
    subject: "not scanned",
    message: `${printable(path)} was not searched for secrets: ${reason}`,
    location: lineLocation(path, 1),
    remedy: "Make the file smaller, or keep what is generated out of the repository.",
  });
}
