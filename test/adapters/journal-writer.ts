import { openJournal } from "../../server/adapters/ledger/journal.ts";
import { quiet } from "./quiet-log.ts";

/** A process that appends: `node journal-writer.ts STATE_DIR NAME COUNT`. Prints each number once it is kept. */
const [stateDir = "", name = "", count = "0"] = process.argv.slice(2);
const clock = { now: () => new Date().toISOString() };
const journal = openJournal(stateDir, { clock, log: quiet });
for (let index = 0; index < Number(count); index += 1) {
  await journal.append({ kind: "session", event: "start", agent: name, session: `${index}` });
  process.stdout.write(`${index}\n`);
}
