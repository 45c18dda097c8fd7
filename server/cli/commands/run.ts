import { connectEngine } from "../../adapters/docker/engine.ts";
import { openGate } from "../../wire.ts";
import { type ExitCode, exitCodeOf, type Invocation } from "../command.ts";
import { reportJson } from "../reporters/json.ts";
import { reportRunText } from "../reporters/text.ts";
import { runStatus, sandboxFindings } from "../run-status.ts";
import { readSelection } from "../selection.ts";

/** `shipgate run [-- COMMAND…]` */
export async function run(invocation: Invocation): Promise<ExitCode> {
  const { dir, strings, rest, print, color, log, progress, signal } = invocation;
  const selection = readSelection(invocation);
  const { session } = await openGate(dir, { log });
  const review = await session.review({
    selection,
    sandbox: "run",
    facts: "cached",
    progress,
    signal,
    ...(rest.length > 0 && { command: rest }),
  });
  // A missing engine says nothing about the change: it is work that could not be done.
  if (review.runs === null) await connectEngine();
  const status = runStatus(review);
  const findings = sandboxFindings(review);
  const { change, runs, delta } = review;
  await print(
    strings["format"] === "json"
      ? reportJson({ schemaVersion: 1, change, status, runs, delta, findings })
      : reportRunText(review, status, findings, { color }),
  );
  return exitCodeOf(status);
}
