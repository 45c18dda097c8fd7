import { mergeBehaviours } from "../../core/observe/behaviours.ts";
import type { KeeperEvent } from "../../core/observe/keeper-events.ts";
import { MOST_REPORTS, readProbeReports } from "../../core/observe/probe-reports.ts";
import { plainText } from "../../core/observe/tests/outcomes.ts";
import { readTests } from "../../core/observe/tests/read-tests.ts";
import type { TraceEvent } from "../../core/observe/trace.ts";
import type { Behaviour, RunRecord } from "../../core/run.ts";
import type { Outcome } from "./execute.ts";
import type { KeeperReport } from "./keeper-client.ts";
import { LAUNCHER_ENV } from "./launch-order.ts";
import { SELF_TEST_ADDRESS } from "./self-test.ts";

/** Longest part of the output that a record keeps, in UTF-16 units. */
const LONGEST_TAIL = 65_536;

/** What a record says of a run beside what was asked for and how it was isolated. */
export function recordOutcome(
  outcome: Outcome,
): Pick<RunRecord, "end" | "durationMs" | "tests" | "behaviours" | "outputTail"> {
  const output = outcome.output.toString("utf8");
  const probe = readProbeReports(outcome.keeper.probe);
  // What may have been said beyond the limit was not evaded.
  const isWhole = !outcome.keeper.probeWasCut && probe.length < MOST_REPORTS;
  return {
    end: outcome.end,
    durationMs: outcome.durationMs,
    tests: readTests(output),
    behaviours: mergeBehaviours({
      trace: {
        events: outcome.trace.events.filter((event) => !isOurs(event)),
        origins: isWhole ? outcome.trace.origins : [],
      },
      keeper: keeperEvents(outcome.keeper),
      files: outcome.keeper.changes.map(({ operation, path }): Behaviour & { kind: "file" } => ({
        kind: "file",
        operation,
        path,
      })),
      probe,
    }),
    outputTail: showOutput(output),
  };
}

/** The end of an output as text that does nothing to who shows it: no control, bidirectional or invisible characters. */
export function showOutput(output: string): string {
  const visible = plainText(output).replaceAll(/[^\P{C}\n\t]/gu, "");
  return visible.length <= LONGEST_TAIL ? visible : `…${visible.slice(-LONGEST_TAIL)}`;
}

/** The launcher's own last step before it became the command. */
function isOurs(event: TraceEvent): boolean {
  return event.kind === "exec" && LAUNCHER_ENV.every((text, index) => event.argv[index] === text);
}

function keeperEvents({ attempts, lookups }: KeeperReport): KeeperEvent[] {
  const { address, port } = SELF_TEST_ADDRESS;
  return [
    ...attempts.filter((one) => one.address !== address || one.port !== port),
    ...lookups.map((one) => ({ ...one, answers: [] })),
  ];
}
