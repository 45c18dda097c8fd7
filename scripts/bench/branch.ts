import { appendFileSync } from "node:fs";
import { join } from "node:path";

import { CLI, median, type Row, runNode, withFolder } from "./measure.ts";
import { makeLargeRepository, sourcePath } from "./repositories.ts";

const FILES = 100_000;
const CHANGED = 1000;

/** A branch of 1,000 changed files in a repository of 100,000, checked from the command line. */
export function benchBranch(rounds = 3): Promise<readonly Row[]> {
  return withFolder(async (root) => {
    await makeLargeRepository(root, FILES);
    for (let index = 0; index < CHANGED; index += 1) {
      const path = join(root, sourcePath(index * (FILES / CHANGED)));
      appendFileSync(path, `export const changed = ${index};\n`);
    }
    const costs = [];
    for (let round = -1; round < rounds; round += 1) {
      const cost = await runNode([CLI, "-C", root, "check", "--no-run", "--format", "json"]);
      if (cost.code !== 2) throw new Error(`The check ended with ${cost.code}.`);
      if (round >= 0) costs.push(cost);
    }
    const what = "branch of 1,000 changed files in 100,000";
    return [
      {
        what: `${what}, checked`,
        measured: median(costs.map((each) => each.wallMs)),
        unit: "ms",
        budget: 5000,
      },
      {
        what: `${what}, memory`,
        measured: median(costs.map((each) => each.peakMb)),
        unit: "MB",
        budget: 300,
      },
    ];
  });
}
