import type { RepoPath } from "../../location.ts";

/** A snapshot file that was rewritten so far that nobody can tell what it should say. */
export interface RewrittenSnapshots {
  readonly changed: number;
  readonly total: number;
  /** The line of the first entry that changed. */
  readonly line: number;
}

/** A handful of snapshots can be read one by one. */
const LEAST_CHANGED = 5;
const LEAST_SHARE = 0.5;
const SCRIPT_ENTRY = /^exports\[`((?:[^`\\]|\\.)*)`\] = `/u;
const PYTHON_ENTRY = /^# name: (.+)$/u;

/** Whether a file keeps what tests are compared with. */
export function isSnapshotFile(path: RepoPath): boolean {
  return /\.(?:snap|ambr)$/u.test(path);
}

/** Tells a snapshot file of jest, vitest or syrupy of which most entries have another value, or are gone. */
export function findRewritten(before: string, after: string): RewrittenSnapshots | null {
  const [old, fresh] = [entriesOf(before), entriesOf(after)];
  let changed = 0;
  let line = 1;
  for (const [name, entry] of old) {
    const now = fresh.get(name);
    if (now?.value === entry.value) continue;
    changed += 1;
    if (line === 1 && now !== undefined) ({ line } = now);
  }
  const isMost = changed >= LEAST_CHANGED && changed >= old.size * LEAST_SHARE;
  return isMost ? { changed, total: old.size, line } : null;
}

function entriesOf(
  text: string,
): ReadonlyMap<string, { readonly value: string; readonly line: number }> {
  const entries = new Map<string, { value: string; line: number }>();
  let name: string | null = null;
  let lines: string[] = [];
  let start = 1;
  const close = () => {
    if (name !== null) entries.set(name, { value: lines.join("\n").trim(), line: start });
  };
  for (const [index, line] of text.split("\n").entries()) {
    const next = SCRIPT_ENTRY.exec(line)?.[1] ?? PYTHON_ENTRY.exec(line)?.[1];
    if (next === undefined) lines.push(line);
    else {
      close();
      [name, lines, start] = [next, [line], index + 1];
    }
  }
  close();
  return entries;
}
