import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { GateError } from "../../server/engine/errors.ts";
import { runCommand } from "./command.ts";

/** Raised when the replacements change, so that older copies are made anew. */
export const strictCopyVersion = 1;

/** One change to the code of VS Code. */
export interface Replacement {
  readonly pattern: RegExp;
  readonly replace: (...groups: string[]) => string;
}

/** What code-server answers with "always" is again asked of the manifest: does it list the proposed API? */
export const proposalDecision: Replacement = {
  pattern:
    /function ([\w$]+)\(([\w$]+),([\w$]+)\)\{return ?!0\}(?=function [\w$]+\([\w$]+,[\w$]+\)\{if\(!\1\(.{0,120}CANNOT use API proposal)/gu,
  replace: (_all, name, extension, proposal) =>
    `function ${name}(${extension},${proposal}){return!!${extension}.enabledApiProposals&&${extension}.enabledApiProposals.includes(${proposal})}`,
};

/** The workbench strikes proposals from manifests again, but for --enable-proposed-api without an id. */
export const proposalsForAll: Replacement = {
  pattern:
    /(new Set\(\(([\w$]+)\.extensionEnabledProposedApi\?\?\[\]\)[^;]{0,120}?),this\._envEnablesProposedApiForAll=!0/gu,
  replace: (_all, before, environment) =>
    `${before},this._envEnablesProposedApiForAll=this._envEnabledExtensions.size===0&&Array.isArray(${environment}.extensionEnabledProposedApi)`,
};

const changes: readonly (readonly [string, readonly Replacement[]])[] = [
  ["out/vs/workbench/api/node/extensionHostProcess.js", [proposalDecision]],
  ["out/vs/workbench/api/worker/extensionHostWorkerMain.js", [proposalDecision]],
  ["out/vs/code/browser/workbench/workbench.js", [proposalDecision, proposalsForAll]],
];

/**
 * Makes a hard-link copy of a VS Code server in which proposed APIs are off, as on stable VS Code.
 * Throws `setup-failed` where the code to change is not there exactly once: such a copy would prove nothing.
 */
export async function makeStrictCopy(server: string, copy: string): Promise<void> {
  await rm(copy, { recursive: true, force: true });
  await runCommand("cp", ["-al", server, copy]);
  for (const [file, replacements] of changes) {
    const path = join(copy, file);
    const original = await readFile(path, "utf8");
    // Removed first: the bytes of a hard link are also the original's.
    await rm(path);
    await writeFile(
      path,
      replacements.reduce((text, one) => replaceOnce(text, file, one), original),
    );
  }
}

/** Replaces the one match of a pattern; throws `setup-failed` where there is none, or more. */
export function replaceOnce(text: string, file: string, { pattern, replace }: Replacement): string {
  const matches = [...text.matchAll(pattern)];
  if (matches.length !== 1) {
    throw new GateError(
      "setup-failed",
      `${file} has ${matches.length} places that look like the switch of proposed APIs; one was expected.`,
      { remedy: "This version of code-server needs new patterns in scripts/setup/strict-copy.ts." },
    );
  }
  return text.replace(pattern, replace);
}
