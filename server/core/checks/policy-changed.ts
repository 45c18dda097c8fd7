import { ALLOWED_SIGNERS_PATH } from "../attest/trusted-keys.ts";
import type { Change, ChangedFile } from "../change.ts";
import { loadPolicy } from "../policy/load.ts";
import { POLICY_PATH } from "../policy/policy.ts";
import { firstChange, isOrdinaryFile, textAfter, textBefore } from "./changed-text.ts";
import { type Check, type CheckInput, finding } from "./check.ts";

/**
 * `policy/policy-changed`: the change edits its own judge, or the list of people whose approvals
 * count. An edit of the policy that means the same is none.
 */
export const findPolicyChange: Check = (input) => [
  ...findPolicyEdit(input),
  ...input.change.files.filter(isListOfSigners).map((file) =>
    finding({
      rule: "policy/policy-changed",
      subject: ALLOWED_SIGNERS_PATH,
      message: `The change ${verbOf(file)} ${ALLOWED_SIGNERS_PATH}, the list of people who can approve; whose approval of this change counts is still up to the merge base's list.`,
      location: firstChange(file),
    }),
  ),
];

function findPolicyEdit(input: CheckInput): ReturnType<Check> {
  const file = findPolicyFile(input.change);
  if (file === undefined || meansTheSame(input, file)) return [];
  return [
    finding({
      rule: "policy/policy-changed",
      subject: POLICY_PATH,
      message: `The change ${verbOf(file)} ${POLICY_PATH}, the policy that judges it; this change is still judged by the merge base's policy.`,
      location: firstChange(file),
    }),
  ];
}

/** The policy file among the changed ones. File systems may ignore case, so this does. */
export function findPolicyFile(change: Change): ChangedFile | undefined {
  return change.files.find((file) => isPolicy(file.before?.path) || isPolicy(file.after?.path));
}

function isListOfSigners({ before, after }: ChangedFile): boolean {
  return [before?.path, after?.path].some((path) => path?.toLowerCase() === ALLOWED_SIGNERS_PATH);
}

function isPolicy(path: string | undefined): boolean {
  return path?.toLowerCase() === POLICY_PATH;
}

function meansTheSame(input: CheckInput, file: ChangedFile): boolean {
  if (file.before?.path !== POLICY_PATH || file.after?.path !== POLICY_PATH) return false;
  if (!isOrdinaryFile(file.before) || !isOrdinaryFile(file.after)) return false;
  const texts = [textBefore(input, file), textAfter(input, file)];
  const [before, after] = texts.map((text) =>
    text === null ? null : loadPolicy(text, { commit: "any", path: POLICY_PATH }),
  );
  if (!before || !after || before.problems.length + after.problems.length > 0) return false;
  return before.hash === after.hash;
}

function verbOf(file: ChangedFile): string {
  if (file.after === null) return "deletes";
  if (file.before === null) return "adds";
  return file.before.path === file.after.path ? "edits" : "renames";
}
