import { loadPolicy } from "../policy/load.ts";
import { POLICY_PATH, type PolicyProblem } from "../policy/policy.ts";
import { isOrdinaryFile, textAfter } from "./changed-text.ts";
import { type Check, finding } from "./check.ts";
import { findPolicyFile } from "./policy-changed.ts";

/** `policy/invalid` for the merge base's policy, whose mistakes are known from loading it. */
export function findInvalidBase(problems: readonly PolicyProblem[]) {
  return problems.map((problem) =>
    finding({
      rule: "policy/invalid",
      subject: `base: ${problem.message}`,
      message: `The policy of the merge base has a mistake, so the strict preset holds: ${problem.message}`,
      location: problem.location,
    }),
  );
}

/** `policy/invalid` for the policy that the change brings: it would hold after the merge. */
export const findInvalidEdit: Check = (input) => {
  const file = findPolicyFile(input.change);
  if (file?.after?.path !== POLICY_PATH || !isOrdinaryFile(file.after)) return [];
  const text = textAfter(input, file);
  if (text === null) {
    const message = `${POLICY_PATH} is not text, or too large to be read as a policy.`;
    const location = { path: POLICY_PATH, startLine: 1, endLine: 1 };
    return [finding({ rule: "policy/invalid", subject: "head: opaque", message, location })];
  }
  const { problems } = loadPolicy(text, { commit: "head", path: POLICY_PATH });
  return problems.map((problem) =>
    finding({
      rule: "policy/invalid",
      subject: `head: ${problem.message}`,
      message: problem.message,
      location: problem.location,
    }),
  );
};
