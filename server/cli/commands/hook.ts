import type { Clock } from "../../engine/ports.ts";
import { EVENT_LENGTH, hookAgents, runHook } from "../../hooks/run-hook.ts";
import type { ExitCode, Invocation } from "../command.ts";
import { badUsage } from "../usage.ts";

/** An assistant waits for the answer: what a registry does not say at once is told by the next review. */
const FACTS_BUDGET_MS = 200;
const clock: Clock = { now: () => new Date().toISOString() };

/**
 * `shipgate hook AGENT`: one event of an assistant on standard input, the answer in the assistant's
 * own dialect on standard output. The exit code is the dialect's, too: 2 tells the assistant to stop.
 */
export async function run({ dir, operands, print, log }: Invocation): Promise<ExitCode> {
  const [agent = ""] = operands;
  if (!hookAgents().includes(agent)) {
    throw badUsage(
      { name: "hook" },
      `AGENT is one of ${hookAgents().join(", ")}, and not "${agent}".`,
    );
  }
  const { exitCode, stdout, stderr } = await runHook(agent, await readInput(), {
    cwd: dir,
    clock,
    log,
    // Most events need no judgement: only those that do pay for its libraries.
    review: async (repository, signal) => {
      const { openGate } = await import("../../wire.ts");
      const { session } = await openGate(repository.root, { log });
      return session.review({
        sandbox: "cached",
        facts: "fetch",
        factsBudgetMs: FACTS_BUDGET_MS,
        signal,
      });
    },
    objectTo: async (command, repository, signal) => {
      const { findInstalls } = await import("../../hooks/installs.ts");
      if (findInstalls(command).length === 0) return null;
      const { openGate } = await import("../../wire.ts");
      const { objectToInstalls } = await import("../../hooks/object-to-installs.ts");
      const { ports } = await openGate(repository.root, { log });
      return objectToInstalls(command, ports, signal);
    },
  });
  process.stderr.write(stderr);
  await print(stdout);
  return exitCode;
}

/** What comes on standard input, one piece past the limit at most: `runHook` refuses what is longer. */
async function readInput(): Promise<string> {
  let text = "";
  for await (const piece of process.stdin.setEncoding("utf8")) {
    text += String(piece);
    if (text.length > EVENT_LENGTH) break;
  }
  return text;
}
