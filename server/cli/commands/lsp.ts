import { serve } from "../../lsp/serve.ts";
import type { ExitCode, Invocation } from "../command.ts";
import { badUsage } from "../usage.ts";

/** `shipgate lsp --stdio`: serves until the client says `exit`, which ends the process, or Ctrl-C. */
export async function run({ flags, signal }: Invocation): Promise<ExitCode> {
  if (!flags.has("stdio")) throw badUsage({ name: "lsp" }, "--stdio is missing.");
  serve();
  await new Promise((done) => signal.addEventListener("abort", done, { once: true }));
  return 0;
}
