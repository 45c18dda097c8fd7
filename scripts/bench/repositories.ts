import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Runs git in a folder, under a name of its own and without the machine's settings. */
export function git(root: string, ...args: readonly string[]): string {
  const identity = ["-c", "user.name=Bench", "-c", "user.email=bench@registry.example"];
  return execFileSync("git", [...identity, ...args], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, GIT_CONFIG_GLOBAL: "", GIT_CONFIG_NOSYSTEM: "1" },
    maxBuffer: 64 * 1024 * 1024,
  }).trim();
}

/** A repository with one commit of these files on `main`, and a branch `feature` checked out. */
export function makeRepository(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  git(root, "init", "-q", "-b", "main");
  git(root, "add", "-A");
  git(root, "commit", "-qm", "Begin");
  git(root, "switch", "-qc", "feature");
}

/** A repository with so many small files, written as one stream: adding them one by one takes minutes. */
export async function makeLargeRepository(root: string, files: number): Promise<void> {
  git(root, "init", "-q", "-b", "main");
  const importer = spawn("git", ["fast-import", "--quiet"], {
    cwd: root,
    stdio: ["pipe", "inherit", "inherit"],
  });
  const write = async (text: string): Promise<void> => {
    if (!importer.stdin.write(text)) await once(importer.stdin, "drain");
  };
  await write("commit refs/heads/main\ncommitter Bench <bench@registry.example> 0 +0000\n");
  await write("data 6\nBegin\n\n");
  for (let index = 0; index < files; index += 1) {
    const text = sourceText(index);
    await write(`M 100644 inline ${sourcePath(index)}\ndata ${Buffer.byteLength(text)}\n${text}\n`);
  }
  importer.stdin.end();
  await once(importer, "close");
  git(root, "switch", "-q", "main");
  git(root, "switch", "-qc", "feature");
}

export function sourcePath(index: number): string {
  return `packages/p${index % 400}/src/file-${index}.js`;
}

/** Forty lines that belong to one file alone. */
export function sourceText(index: number, lines = 40): string {
  return Array.from(
    { length: lines },
    (_, line) => `export const v${line} = ${index + line};\n`,
  ).join("");
}
