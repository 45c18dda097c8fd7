import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import Mocha from "mocha";

/** How the tests of one suite ended; written by the extension host, read by the caller. */
export interface SuiteResults {
  readonly passed: readonly string[];
  readonly failed: readonly { readonly title: string; readonly error: string }[];
  readonly skipped: readonly string[];
}

/** What the extension host calls: runs every test file beside this one. Rejects when one failed. */
export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: "bdd", color: false, timeout: 60_000, slow: 5000 });
  const pattern = process.env["SHIPGATE_HOST_GREP"];
  if (pattern !== undefined) mocha.grep(pattern);
  for (const name of readdirSync(__dirname).sort()) {
    if (name.endsWith(".test.cjs")) mocha.addFile(join(__dirname, name));
  }
  const passed: string[] = [];
  const failed: { title: string; error: string }[] = [];
  const skipped: string[] = [];
  await new Promise<void>((resolve) => {
    mocha
      .run(() => resolve())
      .on("pass", (test) => passed.push(test.fullTitle()))
      .on("pending", (test) => skipped.push(test.fullTitle()))
      .on("fail", (test, error: Error) =>
        failed.push({ title: test.fullTitle(), error: error.stack ?? error.message }),
      );
  });
  const results: SuiteResults = { passed, failed, skipped };
  const file = process.env["SHIPGATE_HOST_RESULTS"];
  if (file !== undefined) writeFileSync(file, JSON.stringify(results));
  if (failed.length > 0) throw new Error(`${failed.length} host tests failed.`);
}
