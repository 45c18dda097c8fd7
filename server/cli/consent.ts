import { createInterface } from "node:readline/promises";

/**
 * Whether the person agrees to what was just shown: by `--yes`, or by an answer in the terminal.
 * Where nobody can answer, nothing is done, and how to agree is told.
 */
export async function agreed(
  flags: ReadonlySet<string>,
  print: (text: string) => Promise<void>,
): Promise<boolean> {
  if (flags.has("yes")) return true;
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    await print("Nothing was written. To write it, run the same command with --yes.\n");
    return false;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question("Write this? [y/N] ");
    if (/^y(?:es)?$/iu.test(answer.trim())) return true;
  } finally {
    terminal.close();
  }
  await print("Nothing was written.\n");
  return false;
}
