import { delimiter, dirname } from "node:path";

import { GateError } from "../server/engine/errors.ts";
import { editorVariables } from "../test/host/editor-variables.ts";
import { runHostSuite } from "../test/host/run.ts";
import { hostSuites } from "../test/host/suites.ts";
import { engineVariables } from "./setup/engine.ts";
import { setUpEditor, setUpEngine, setUpRegistryTools, type Editor } from "./setup/setup.ts";
import { finalLine, single, sum, type Outcome } from "./testing/counts.ts";
import { runProgram, runVitest } from "./testing/programs.ts";

const checks: readonly (readonly [string, string, readonly string[]])[] = [
  ["types", "tsc", ["-p", "."]],
  ["types of the core", "tsc", ["-p", "server/core"]],
  ["lint", "oxlint", []],
  ["format", "oxfmt", ["--check"]],
  ["build", "node", ["scripts/build.ts"]],
];

const outcomes: Outcome[] = [];

const env: NodeJS.ProcessEnv = {
  ...process.env,
  // Whatever a test starts by the name "node" is the Node of the project.
  PATH: [dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter),
};

const engine = await prepare("Docker Engine", async () => setUpEngine(say));
if (engine !== null) Object.assign(env, engineVariables(engine));
await prepare("registry", async () => setUpRegistryTools(say));
const editor = await prepare("editor", async () => setUpEditor(say));

for (const [kind, program, args] of checks) {
  title(kind);
  outcomes.push(single(kind, (await runProgram(program, args, env)) === 0));
}
for (const project of ["unit", "process", "docker"]) {
  title(`tests: ${project}`);
  outcomes.push(await runVitest(project, env));
}
if (editor !== null) await runHostTests(editor);
title("npm start -- --once");
outcomes.push(
  single("start", (await runProgram("node", ["scripts/start.ts", "--once"], env)) === 0),
);

report();

async function runHostTests(found: Editor): Promise<void> {
  if (found.kind === "headless") {
    title("tests: launcher");
    outcomes.push(await runVitest("launcher", { ...env, ...editorVariables(found) }));
  }
  for (const suite of hostSuites) {
    title(`tests in the editor: ${suite.name}`);
    const results = await runHostSuite(suite, found, env);
    outcomes.push({
      kind: `editor: ${suite.name}`,
      passed: results.passed.length,
      failed: results.failed.length,
      skipped: results.skipped.length,
      names: results.failed.map((test) => `editor: ${test.title}`),
    });
  }
}

/** What cannot be set up is a failed test with its remedy, and the rest still runs. */
async function prepare<T>(name: string, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (!GateError.is(error)) throw error;
    console.error(`\n${error.message}\n${error.remedy}\n`);
    outcomes.push(single(`set-up: ${name}`, false));
    return null;
  }
}

function report(): void {
  title("result");
  for (const { kind, ...counts } of outcomes) console.log(`${kind}: ${finalLine(counts)}`);
  for (const { names } of outcomes) for (const name of names) console.log(`FAILED  ${name}`);
  const total = sum(outcomes);
  process.exitCode = total.failed === 0 ? 0 : 1;
  console.log(finalLine(total));
}

function title(text: string): void {
  console.log(`\n=== ${text}`);
}

function say(message: string): void {
  console.log(`· ${message}`);
}
