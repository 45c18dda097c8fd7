import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { runTests, runVSCodeCommand } from "@vscode/test-electron";

import { seedSettings } from "../../scripts/editor/settings.ts";
import { makeTemporaryFolder } from "../../scripts/editor/temporary.ts";
import { packExtension } from "../../scripts/editor/vsix.ts";
import { runCommand } from "../../scripts/setup/command.ts";
import { repositoryRoot } from "../../scripts/setup/directories.ts";
import { setUpEditor, type Editor } from "../../scripts/setup/setup.ts";
import { bundleSuite } from "./bundle.ts";
import { editorVariables } from "./editor-variables.ts";
import type { SuiteResults } from "./run-mocha.ts";
import { hostSuites, type HostSuite } from "./suites.ts";

/** Runs one suite in the real editor and gives how its tests ended; an editor that breaks is a failed test. */
export async function runHostSuite(
  suite: HostSuite,
  editor: Editor,
  env: NodeJS.ProcessEnv = {},
): Promise<SuiteResults> {
  const temporary = await makeTemporaryFolder();
  try {
    return await runIn(temporary, suite, editor, env);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function runIn(
  temporary: string,
  suite: HostSuite,
  editor: Editor,
  env: NodeJS.ProcessEnv,
): Promise<SuiteResults> {
  const userData = join(temporary, "user-data");
  const workspace = join(temporary, "workspace");
  const extensions = join(temporary, "extensions");
  const results = join(temporary, "results.json");
  const gitConfig = join(temporary, "gitconfig");
  await mkdir(workspace);
  await seedSettings(userData, suite.settings);
  await writeFile(gitConfig, "[user]\nname = Host Test\nemail = host@test.example\n");
  let ending: Error | null = null;
  try {
    if (suite.isPackaged === true) await installPackage(temporary, extensions, editor, env);
    await runTests({
      ...launcher(editor),
      extensionDevelopmentPath: suite.extension,
      extensionTestsPath: await bundleSuite(suite.name),
      launchArgs: [
        await suite.makeWorkspace(workspace),
        `--user-data-dir=${userData}`,
        `--extensions-dir=${extensions}`,
      ],
      extensionTestsEnv: {
        ...editorVariables(editor),
        ...suite.env,
        ...env,
        // The machine's own git settings must not decide how a test ends.
        GIT_CONFIG_GLOBAL: gitConfig,
        GIT_CONFIG_NOSYSTEM: "1",
        SHIPGATE_HOST_RESULTS: results,
      },
    });
  } catch (error) {
    ending = error instanceof Error ? error : new Error(String(error));
  }
  return judge(suite, await readResults(results), ending);
}

/** A suite without a test, or an editor that ended badly after good tests, is not a success. */
export function judge(
  suite: { readonly name: string },
  results: SuiteResults | null,
  ending: Error | null,
): SuiteResults {
  const failure = (error: string): SuiteResults => ({
    passed: results?.passed ?? [],
    skipped: results?.skipped ?? [],
    failed: [...(results?.failed ?? []), { title: `host suite ${suite.name}`, error }],
  });
  if (results === null)
    return failure(`The editor ended without results: ${ending?.message ?? "it said nothing"}`);
  if (results.failed.length > 0) return results;
  if (ending !== null) return failure(`The editor ended badly: ${ending.message}`);
  if (results.passed.length + results.skipped.length === 0) return failure("It has no test.");
  return results;
}

async function readResults(file: string): Promise<SuiteResults | null> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as SuiteResults;
  } catch {
    return null;
  }
}

/** Packs Shipgate and installs it with VS Code's own command, in front of the tests. */
async function installPackage(
  temporary: string,
  extensions: string,
  editor: Editor,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const vsix = join(temporary, "shipgate.vsix");
  await packExtension(vsix);
  const args = ["--install-extension", vsix, `--extensions-dir=${extensions}`];
  const { vscodeExecutablePath } = launcher(editor);
  if (vscodeExecutablePath === undefined) {
    await runVSCodeCommand([...args, `--user-data-dir=${join(temporary, "installing")}`]);
  } else {
    await runCommand(vscodeExecutablePath, args, {
      env: { ...process.env, ...env, ...editorVariables(editor) },
    });
  }
}

/** Nothing for a desktop, where @vscode/test-electron downloads VS Code; else the stand-in. */
function launcher(editor: Editor): { vscodeExecutablePath?: string } {
  if (editor.kind === "desktop") return {};
  return {
    vscodeExecutablePath: join(repositoryRoot, "test", "host", "launcher", "headless-code.ts"),
  };
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    options: { grep: { type: "string" } },
    allowPositionals: true,
  });
  const editor = await setUpEditor((message) => console.log(message));
  const env = values.grep === undefined ? {} : { SHIPGATE_HOST_GREP: values.grep };
  let failed = 0;
  for (const suite of hostSuites) {
    if (positionals.length > 0 && !positionals.includes(suite.name)) continue;
    const results = await runHostSuite(suite, editor, env);
    failed += results.failed.length;
    console.log(
      `${suite.name}: ${results.passed.length} passed, ${results.failed.length} failed, ${results.skipped.length} skipped`,
    );
  }
  process.exitCode = failed === 0 ? 0 : 1;
}
