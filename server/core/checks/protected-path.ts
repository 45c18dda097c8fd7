import type { ChangedFile } from "../change.ts";
import type { Finding } from "../finding.ts";
import { matchesGlob } from "../policy/glob.ts";
import { printable } from "../printable.ts";
import { firstChange } from "./changed-text.ts";
import { type Check, finding } from "./check.ts";

/** `policy/protected-path`: one finding a file, with the first glob that protects it. */
export const findProtectedPaths: Check = ({ change, policy }) =>
  change.files.flatMap((file) => protectedFinding(file, policy.protectedPaths));

function protectedFinding(file: ChangedFile, globs: readonly string[]): readonly Finding[] {
  const paths = [...new Set([file.after?.path, file.before?.path])].filter(
    (path) => path !== undefined,
  );
  for (const path of paths) {
    const glob = globs.find((each) => matchesGlob(path, each, { ignoreCase: true }));
    if (glob === undefined) continue;
    const verb =
      file.after === null ? "deleted" : path === file.after.path ? "changed" : "moved away";
    return [
      finding({
        rule: "policy/protected-path",
        subject: path,
        message: `${printable(path)} is protected by the policy (${printable(glob)}) and was ${verb}.`,
        location: firstChange(file),
      }),
    ];
  }
  return [];
}
