import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

import { GateError } from "../server/engine/errors.ts";
import { openBlankPage } from "./editor/page.ts";
import { makeTemporaryFolder, sweepTemporaryFolders } from "./editor/temporary.ts";
import { BUILT_HOOK, makeSample } from "./sample.ts";
import { runCommand } from "./setup/command.ts";
import { repositoryRoot } from "./setup/directories.ts";
import { engineVariables } from "./setup/engine.ts";
import { setUpEditor, setUpEngine, setUpHeadless } from "./setup/setup.ts";
import { openDesktopEditor } from "./start/desktop-editor.ts";
import { serveEditor, type ServedEditor } from "./start/served-editor.ts";
import { takeTour } from "./start/tour.ts";

const usage = `Usage: npm start [-- --once [--out FILE]]

Opens a real VS Code with Shipgate on a copy of the sample repository.

  --once      without a person: opens the editor unseen, runs the sandbox from the lightbulb,
              saves a picture of what it shows, and ends with 0
  --out FILE  where the picture goes (.shipgate/start.png)`;

/** Work that must be undone whatever happens, last first. */
const undo: (() => Promise<unknown>)[] = [];
let isServing = false;
const interrupted = new AbortController();
const interruption = new Promise<void>((settle) => {
  interrupted.signal.addEventListener("abort", () => settle());
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => interrupted.abort());
}

try {
  await Promise.race([main(), interruption]);
  if (interrupted.signal.aborted) stopped();
} catch (error) {
  process.exitCode = 1;
  if (interrupted.signal.aborted) stopped();
  else if (GateError.is(error)) console.error(`\n${error.message}\n${error.remedy}`);
  else console.error(error instanceof Error ? `\n${error.message}` : error);
} finally {
  for (const step of undo.reverse()) await step().catch((error: unknown) => console.error(error));
}
// A page or a pipe that is not quite closed must not keep the prompt waiting.
process.exit();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      once: { type: "boolean", default: false },
      out: { type: "string", default: join(repositoryRoot, ".shipgate", "start.png") },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  await sweepTemporaryFolders();
  const engine = await setUpEngine(say);
  const env = { ...process.env, ...engineVariables(engine) };
  const editor = values.once ? await setUpHeadless(say) : await setUpEditor(say);
  const temporary = await makeTemporaryFolder();
  undo.push(async () => rm(temporary, { recursive: true, force: true }));
  say("Building Shipgate.");
  await runCommand(process.execPath, [join(repositoryRoot, "scripts", "build.ts")]);
  const { root } = await makeSample(join(temporary, "orders"), { hook: BUILT_HOOK });
  say(`The sample repository, with an assistant's change in it: ${root}`);
  if (editor.kind === "desktop") {
    say("Opening VS Code. Close its window, or press Ctrl-C here, to end.");
    await openDesktopEditor(temporary, editor.code, root, env, interrupted.signal);
    return;
  }
  const served = await serveEditor(temporary, editor.server, root, env, say);
  undo.push(async () => served.stop());
  if (values.once) await visit(editor.browser, served, resolve(values.out));
  else await waitForPeople(served);
}

/** Takes the tour in a browser without a window; the picture is saved also where it ends badly. */
async function visit(browser: string, served: ServedEditor, picture: string): Promise<void> {
  const opened = await openBlankPage(browser, served.origin);
  const { page } = opened;
  undo.push(async () => opened.close());
  // Closing the page ends whatever waits for it.
  interrupted.signal.addEventListener("abort", () => void opened.close());
  try {
    await page.goto(served.address);
    await takeTour(page, say);
  } finally {
    if (!interrupted.signal.aborted) {
      await page.screenshot({ path: picture });
      say(`Picture: ${picture}`);
    }
  }
}

async function waitForPeople(served: ServedEditor): Promise<void> {
  isServing = true;
  console.log(`\nOpen this address in a browser (Ctrl-C ends):\n\n  ${served.address}\n`);
  const ended = served.ended.then((code) => {
    if (interrupted.signal.aborted) return;
    throw new Error(`The VS Code server ended by itself (${code}).`);
  });
  await Promise.race([interruption, ended]);
}

/** Ctrl-C ends a served editor well, and anything else before its end. */
function stopped(): void {
  say("Stopped.");
  process.exitCode = isServing ? 0 : 130;
}

function say(message: string): void {
  console.log(`· ${message}`);
}
