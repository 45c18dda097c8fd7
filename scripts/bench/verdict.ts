import { writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Review } from "../../server/core/review.ts";
import { openGate } from "../../server/wire.ts";
import { median, percentile, type Row, time, withFolder } from "./measure.ts";
import { makeRepository } from "./repositories.ts";

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const TEST = `import { test } from "node:test";
import assert from "node:assert";
import { sum } from "./sum.js";
for (let n = 0; n < 10; n += 1) test(\`adds \${n}\`, () => assert.equal(sum(n, 1), n + 1));
`;

/** From an edit to the verdict with base and head run: a warm session, a suite of ten small tests. */
export function benchVerdict(rounds = 15): Promise<readonly Row[]> {
  return withFolder(async (root) => {
    makeRepository(root, {
      "package.json": JSON.stringify({ type: "module", scripts: { test: "node --test" } }),
      "sum.js": "export const sum = (a, b) => a + b;\n",
      "sum.test.js": TEST,
    });
    const { session } = await openGate(root, { log: quiet });
    const { signal } = new AbortController();
    const times: number[] = [];
    for (let round = -2; round < rounds; round += 1) {
      writeFileSync(join(root, "sum.js"), `export const sum = (a, b) => b + a; // ${round}\n`);
      let review: Review | null = null;
      const ms = await time(async () => {
        review = await session.review({ sandbox: "run", signal });
      });
      const end = (review as Review | null)?.runs?.head.end;
      if (end?.reason !== "exited" || end.code !== 0) {
        throw new Error(`The head's run ended otherwise: ${JSON.stringify(end)}`);
      }
      if (round >= 0) times.push(ms);
    }
    const what = "warm edit to verdict, ten tests";
    return [
      { what: `${what}, median`, measured: median(times), unit: "ms", budget: 2000 },
      { what: `${what}, p95`, measured: percentile(times, 95), unit: "ms", budget: 5000 },
    ];
  });
}
