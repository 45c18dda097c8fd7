import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { connectEngine } from "../../server/adapters/docker/engine.ts";
import { findImage } from "../../server/adapters/docker/find-image.ts";
import { straceArguments } from "../../server/adapters/docker/strace.ts";
import { median, type Row } from "./measure.ts";

const SUITE = `import { test } from "node:test";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync, rmSync } from "node:fs";
for (let n = 0; n < 20; n += 1) test("t" + n, () => {
  for (let i = 0; i < 20; i += 1) { writeFileSync("f" + n, "x"); readFileSync("f" + n); rmSync("f" + n); }
  if (n % 5 === 0) execFileSync("true");
});
`;

/** Runs both in turn inside one container, so that what else the machine does falls on both. */
const COMPARE = `const { spawnSync } = require("node:child_process");
const { closeSync, openSync, writeFileSync } = require("node:fs");
const { suite, plain, traced, rounds } = JSON.parse(process.argv[1]);
process.chdir("/tmp"); writeFileSync("suite.test.mjs", suite);
const took = ([program, ...args]) => {
  const trace = openSync("/tmp/trace", "w");
  const start = performance.now();
  const { status } = spawnSync(program, args, { stdio: ["ignore", trace, trace] });
  if (status !== 0) throw new Error(program + " ended with " + status);
  closeSync(trace);
  return performance.now() - start;
};
const times = { plain: [], traced: [] };
for (let n = 0; n <= rounds; n += 1) {
  const pair = [took(plain), took(traced)];
  if (n > 0) { times.plain.push(pair[0]); times.traced.push(pair[1]); }
}
console.log(JSON.stringify(times));
`;

/** What watching every process, connection and deletion costs a suite that does much of it. */
export async function benchObservation(rounds = 9): Promise<readonly Row[]> {
  const engine = await connectEngine();
  const image = await findImage(engine, "node-24", () => undefined, new AbortController().signal);
  const plain = ["node", "--test", "suite.test.mjs"];
  const order = JSON.stringify({ suite: SUITE, plain, traced: straceArguments(plain), rounds });
  const confined = "--network none --cap-drop ALL --security-opt no-new-privileges --read-only";
  const limits = "--memory 536870912 --cpus 2 --pids-limit 256 --tmpfs /tmp:exec,mode=1777";
  const args = ["run", "--rm", ...`${confined} ${limits}`.split(" "), "--entrypoint", "node"];
  const { stdout } = await promisify(execFile)("docker", [...args, image, "-e", COMPARE, order]);
  const times = JSON.parse(stdout) as { plain: number[]; traced: number[] };
  const ratio = median(times.traced.map((each, at) => each / (times.plain[at] ?? Number.NaN)));
  return [
    {
      what: "suite with 20 tests, 400 removed files and 4 processes, unobserved, median",
      measured: median(times.plain),
      unit: "ms",
      budget: null,
    },
    {
      what: "the same observed by the kernel, against unobserved",
      measured: ratio,
      unit: "×",
      budget: 1.3,
    },
  ];
}
