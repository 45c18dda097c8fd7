import { openGate } from "../../wire.ts";
import type { ExitCode, Invocation } from "../command.ts";
import type { ScoreOutput } from "../output.ts";
import { reportJson } from "../reporters/json.ts";
import { reportScoreText } from "../reporters/text.ts";
import { readSelection } from "../selection.ts";

/** `shipgate score`: from what is known already; nothing is run for it. */
export async function run(invocation: Invocation): Promise<ExitCode> {
  const { dir, strings, flags, print, color, log, progress, signal } = invocation;
  const selection = readSelection(invocation);
  const { session } = await openGate(dir, { log });
  const review = await session.review({
    selection,
    sandbox: "cached",
    facts: flags.has("offline") ? "offline" : "fetch",
    progress,
    signal,
  });
  const { change, score, verdict } = review;
  const output = {
    schemaVersion: 1,
    change: change.id,
    branch: change.branch,
    status: verdict.status,
    score,
  } as const satisfies Readonly<Record<keyof ScoreOutput, unknown>>;
  await print(
    strings["format"] === "json" ? reportJson(output) : reportScoreText(review, { color }),
  );
  return 0;
}
