import { ALLOWED_SIGNERS_PATH } from "../../core/attest/trusted-keys.ts";
import { readTrustedKeys } from "../../engine/approvals.ts";
import { openGate } from "../../wire.ts";
import type { ExitCode, Invocation } from "../command.ts";
import type { ApprovalsOutput } from "../output.ts";
import { reportJson } from "../reporters/json.ts";
import { describeApproval, describeChange, sentence } from "../reporters/words.ts";
import { readSelection } from "../selection.ts";

/** `shipgate approvals`: what is on record about exactly this content. */
export async function run(invocation: Invocation): Promise<ExitCode> {
  const { dir, strings, print, log, progress, signal } = invocation;
  const selection = readSelection(invocation);
  const { session, ports } = await openGate(dir, { log });
  const review = await session.review({
    selection,
    sandbox: "cached",
    facts: "cached",
    progress,
    signal,
  });
  const { change, approvals, policy } = review;
  const { problems } = await readTrustedKeys(ports.repository, change, signal);
  const output = {
    schemaVersion: 1,
    change: change.id,
    tree: change.head.tree,
    policy: policy.hash,
    approvals,
    problems,
  } as const satisfies Readonly<Record<keyof ApprovalsOutput, unknown>>;
  if (strings["format"] === "json") await print(reportJson(output));
  else {
    const rows = approvals.length === 0 ? ["  none"] : approvals.map(describeApproval);
    const mistakes = problems.map(
      ({ line, message }) => `${ALLOWED_SIGNERS_PATH}:${line}: ${sentence(message)}`,
    );
    await print(`${[`Approvals of ${describeChange(change)}`, ...rows, ...mistakes].join("\n")}\n`);
  }
  return 0;
}
