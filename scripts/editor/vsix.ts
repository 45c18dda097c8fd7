import { packageProgram, runCommand } from "../setup/command.ts";
import { repositoryRoot } from "../setup/directories.ts";

/** Builds the extension and packs it as users install it. */
export async function packExtension(file: string): Promise<void> {
  await runCommand(packageProgram("vsce"), ["package", "--no-dependencies", "--out", file], {
    cwd: repositoryRoot,
    remedy: 'Run "npm run package" and read what it prints.',
  });
}
