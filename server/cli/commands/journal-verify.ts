import { openRepository } from "../../adapters/git/repository.ts";
import { openJournal } from "../../adapters/ledger/journal.ts";
import { GateError } from "../../engine/errors.ts";
import type { Log } from "../../engine/ports.ts";
import type { ExitCode, Invocation } from "../command.ts";
import type { JournalVerifyOutput } from "../output.ts";
import { reportJson } from "../reporters/json.ts";
import { count, sentence } from "../reporters/words.ts";

/** `shipgate journal verify` */
export async function run({ dir, strings, print, log }: Invocation): Promise<ExitCode> {
  const output = await verifyJournal(dir, log);
  await print(strings["format"] === "json" ? reportJson(output) : describe(output));
  return output.whole ? 0 : 1;
}

/** Reads the whole journal of a repository and follows its chain. Throws GateError where there is no repository. */
export async function verifyJournal(dir: string, log: Log): Promise<JournalVerifyOutput> {
  const { stateDir } = await openRepository(dir, { log });
  const clock = { now: () => new Date().toISOString() };
  try {
    const entries = await openJournal(stateDir, { clock, log }).read();
    return {
      schemaVersion: 1,
      whole: true,
      entries: entries.length,
      last: entries.at(-1)?.address ?? null,
      problem: null,
    };
  } catch (error) {
    if (!GateError.is(error, "journal-broken")) throw error;
    return { schemaVersion: 1, whole: false, entries: null, last: null, problem: error.message };
  }
}

function describe({ whole, entries, last, problem }: JournalVerifyOutput): string {
  if (!whole) return `The journal is broken: ${sentence(problem ?? "")}\n`;
  if (entries === 0) return "The journal is whole: nothing has been recorded yet.\n";
  return `The journal is whole: ${count(entries ?? 0, "record")}, the last is ${last}.\n`;
}
