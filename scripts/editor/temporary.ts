import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const prefix = "shipgate-";

/** Makes a temporary folder that carries the maker's process id, so that a killed maker's can be swept. */
export async function makeTemporaryFolder(parent = tmpdir()): Promise<string> {
  return mkdtemp(join(parent, `${prefix}${process.pid}-`));
}

/** Removes temporary folders whose maker is gone; gives how many. */
export async function sweepTemporaryFolders(parent = tmpdir()): Promise<number> {
  let swept = 0;
  for (const name of await readdir(parent)) {
    const pid = new RegExp(`^${prefix}(\\d+)-\\w+$`, "u").exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    await rm(join(parent, name), { recursive: true, force: true });
    swept += 1;
  }
  return swept;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
