import { addToNote } from "../../adapters/git/notes.ts";
import { findSigner } from "../../adapters/signing/find-signer.ts";
import { APPROVAL_STATES } from "../../core/approvals.ts";
import { REASON_LENGTH } from "../../core/attest/approval.ts";
import { printable } from "../../core/printable.ts";
import type { Review } from "../../core/review.ts";
import { approve } from "../../engine/approvals.ts";
import { GateError } from "../../engine/errors.ts";
import { openGate } from "../../wire.ts";
import type { ExitCode, Invocation } from "../command.ts";
import type { ApproveOutput } from "../output.ts";
import { reportJson } from "../reporters/json.ts";
import { describeChange, describeVerdict } from "../reporters/words.ts";
import { readSelection } from "../selection.ts";
import { badUsage } from "../usage.ts";

/**
 * Variables by which assistants mark the shells that they use. A speed bump and no wall: what an
 * assistant on the developer's machine may not do is for the key's passphrase or touch to stop.
 */
const ASSISTANTS = ["CLAUDECODE", "CURSOR_AGENT", "GEMINI_CLI", "CODEX_SANDBOX", "COPILOT_CLI"];

/** `shipgate approve`: accept exactly this content, under the policy that judges it. */
export async function run(invocation: Invocation): Promise<ExitCode> {
  const { dir, strings, flags, print, log, progress, signal } = invocation;
  const reason = readReason(strings["reason"] ?? "");
  refuseAssistants();
  const selection = readSelection(invocation);
  const gate = await openGate(dir, { log });
  const seen = await gate.session.review({
    selection,
    sandbox: "cached",
    facts: "cached",
    progress,
    signal,
  });
  if (seen.change.files.length === 0) {
    throw new GateError("bad-input", "There is no change to approve.", {
      remedy: "Name the change by --base and --head.",
    });
  }
  const commit = flags.has("note") ? noteCommit(seen) : null;
  const signer = await findSigner({ directory: dir, env: process.env });
  const { address, envelope } = await approve(gate.ports, seen, { reason, signer, signal });
  if (commit !== null) await addToNote(gate.ports.repository, commit, [envelope], signal);
  const review = await gate.session.review({
    selection,
    sandbox: "cached",
    facts: "cached",
    progress,
    signal,
  });
  const given = review.approvals.find((approval) => approval.address === address);
  // The tree moved while the key was asked for: the approval is of what was seen, not of what is there now.
  const state = given?.state ?? "other-content";
  const output: ApproveOutput = {
    schemaVersion: 1,
    change: seen.change.id,
    tree: seen.change.head.tree,
    policy: seen.policy.hash,
    address,
    keyId: signer.publicKey.keyId,
    by: given?.by ?? null,
    state,
    status: review.verdict.status,
  };
  await print(strings["format"] === "json" ? reportJson(output) : describe(output, review));
  return state === "counts" ? 0 : 1;
}

function readReason(reason: string): string {
  if (reason.length <= REASON_LENGTH) return reason;
  const message = `The reason is longer than ${REASON_LENGTH} characters.`;
  throw badUsage({ name: "approve" }, message);
}

function refuseAssistants(): void {
  const mark = ASSISTANTS.find((name) => (process.env[name] ?? "") !== "");
  if (mark === undefined) return;
  throw new GateError("bad-usage", `This shell belongs to an assistant (${mark} is set).`, {
    remedy: "Approve in a terminal of your own: a person has to look.",
  });
}

/** The commit that gets the note. Throws GateError `bad-usage` where the change has none. */
function noteCommit({ change }: Review): string {
  const { commit, kind } = change.head;
  if (kind === "commit" && commit !== null) return commit;
  throw badUsage({ name: "approve" }, "--note needs a commit: name one by --head.");
}

function describe(output: ApproveOutput, review: Review): string {
  const { tree, keyId, by, state } = output;
  const who = by === null ? keyId : `${printable(by)} (${keyId})`;
  const lines = [
    `Approved ${describeChange(review.change)}`,
    `  tree ${tree.slice(0, 12)} under policy ${output.policy.slice(0, 19)}, signed by ${who}`,
    `  This approval ${APPROVAL_STATES[state]}.`,
  ];
  if (state === "not-listed") {
    lines.push(
      "  → Have the key merged into .shipgate/allowed-signers: `shipgate key show` prints its line.",
    );
  }
  return `${lines.join("\n")}\n\n${review.verdict.status.toUpperCase()}  ${describeVerdict(review)}\n`;
}
