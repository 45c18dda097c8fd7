#!/usr/bin/env node
import { enableCompileCache } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

import { COMMANDS } from "./commands/table.ts";
import { runProgram } from "./program.ts";

/** The first Ctrl-C stops the work cleanly, the second one at once. */
function listenForInterrupts(): AbortSignal {
  const controller = new AbortController();
  const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(codes[name]);
      controller.abort();
    });
  }
  return controller.signal;
}

async function main(): Promise<void> {
  // An assistant waits for its hook. The cache is the user's own: one in a shared folder could be another's.
  enableCompileCache(join(homedir(), ".cache", "shipgate", "compiled"));
  // Told to whoever writes, in program.ts; without a listener the process would die of it.
  process.stdout.on("error", () => {});
  process.stderr.on("error", () => {});
  const code = await runProgram(COMMANDS, process.argv.slice(2), {
    cwd: process.cwd(),
    env: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    signal: listenForInterrupts(),
  });
  process.exit(code);
}

void main();
