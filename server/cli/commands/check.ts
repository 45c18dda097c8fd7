import type { Review } from "../../core/review.ts";
import { openGate } from "../../wire.ts";
import { type ExitCode, exitCodeOf, type Invocation } from "../command.ts";
import { VERSION } from "../program.ts";
import { reportJson } from "../reporters/json.ts";
import { reportMarkdown } from "../reporters/markdown.ts";
import { reportSarif } from "../reporters/sarif.ts";
import { reportText } from "../reporters/text.ts";
import { readSelection } from "../selection.ts";
import { badUsage } from "../usage.ts";

/** `shipgate check` */
export async function run(invocation: Invocation): Promise<ExitCode> {
  const { dir, flags, print, log, progress, signal } = invocation;
  if (flags.has("run") && flags.has("no-run")) {
    throw badUsage({ name: "check" }, "--run and --no-run exclude each other.");
  }
  const selection = readSelection(invocation);
  const { session } = await openGate(dir, { log });
  const sandbox = flags.has("no-run") ? "cached" : "run";
  const facts = flags.has("offline") ? "offline" : "fetch";
  const review = await session.review({ selection, sandbox, facts, progress, signal });
  await print(report(review, invocation));
  return exitCodeOf(review.verdict.status);
}

function report(review: Review, { strings, color }: Invocation): string {
  switch (strings["format"]) {
    case "json":
      return reportJson(review);
    case "sarif":
      return reportSarif(review, VERSION);
    case "markdown":
      return reportMarkdown(review);
    case undefined:
    default:
      return reportText(review, { color });
  }
}
