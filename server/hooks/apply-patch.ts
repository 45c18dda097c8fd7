import type { FileRequest, PatchHunk } from "./dialect.ts";

/** One file of a patch in the form that OpenAI's models write. */
export interface PatchedFile {
  readonly path: string;
  readonly request: FileRequest;
}

const SECTION = /^\*\*\* (Add|Update|Delete) File: (.+)$/u;
const MOVE = /^\*\*\* Move to: (.+)$/u;

/**
 * The files that an `apply_patch` text adds or updates, with what it does to each. Deleted files
 * have no lines and are left out; a file that is moved has its added lines under the new name.
 */
export function readPatch(patch: string): readonly PatchedFile[] {
  const files: PatchedFile[] = [];
  let section: { kind: string; path: string; lines: string[] } | null = null;
  const finish = (): void => {
    if (section !== null && section.kind !== "Delete") files.push(readSection(section));
    section = null;
  };
  for (const line of patch.split(/\r?\n/u)) {
    const [, kind, path] = SECTION.exec(line) ?? [];
    if (kind !== undefined && path !== undefined) {
      finish();
      section = { kind, path: path.trim(), lines: [] };
    } else if (line.startsWith("*** End Patch")) {
      finish();
    } else {
      section?.lines.push(line);
    }
  }
  finish();
  return files;
}

/** The content that the hunks of a patch make of another; null where a place is not found. */
export function applyHunks(before: string, hunks: readonly PatchHunk[]): string | null {
  const hasEnd = before === "" || before.endsWith("\n");
  const lines = (hasEnd ? before.slice(0, -1) : before).split("\n");
  if (before === "") lines.length = 0;
  let from = 0;
  for (const hunk of hunks) {
    if (hunk.below !== null) {
      const wanted = hunk.below.trim();
      const found = lines.findIndex((line, index) => index >= from && line.trim() === wanted);
      if (found === -1) return null;
      from = found + 1;
    }
    const at = hunk.old.length === 0 ? lines.length : findLines(lines, hunk.old, from);
    if (at === -1) return null;
    lines.splice(at, hunk.old.length, ...hunk.new);
    from = at + hunk.new.length;
  }
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

function readSection(section: { kind: string; path: string; lines: string[] }): PatchedFile {
  const { kind, path, lines } = section;
  const added = lines.filter((line) => line.startsWith("+")).map((line) => line.slice(1));
  if (kind === "Add") {
    const content = added.map((line) => `${line}\n`).join("");
    return { path, request: { kind: "write", content } };
  }
  const [, moved] = MOVE.exec(lines[0] ?? "") ?? [];
  if (moved !== undefined) {
    return { path: moved.trim(), request: { kind: "insert", text: added.join("\n") } };
  }
  return { path, request: { kind: "patch", hunks: readHunks(lines) } };
}

function readHunks(lines: readonly string[]): readonly PatchHunk[] {
  const hunks: { below: string | null; old: string[]; new: string[] }[] = [];
  let hunk: (typeof hunks)[number] | null = null;
  for (const line of lines) {
    if (line.startsWith("@@")) {
      const below = line.slice(2).trim();
      hunk = { below: below === "" ? null : below, old: [], new: [] };
      hunks.push(hunk);
      continue;
    }
    if (line.startsWith("*** ")) continue;
    if (hunk === null) hunks.push((hunk = { below: null, old: [], new: [] }));
    if (line.startsWith("+")) hunk.new.push(line.slice(1));
    else if (line.startsWith("-")) hunk.old.push(line.slice(1));
    else {
      hunk.old.push(line.slice(1));
      hunk.new.push(line.slice(1));
    }
  }
  return hunks.filter((one) => one.old.length > 0 || one.new.length > 0);
}

/** Where lines stand, exactly or else but for the spaces around them; -1 for nowhere. */
function findLines(lines: readonly string[], wanted: readonly string[], from: number): number {
  for (const same of [(text: string) => text, (text: string) => text.trim()]) {
    for (let at = from; at + wanted.length <= lines.length; at += 1) {
      if (wanted.every((line, index) => same(line) === same(lines[at + index] ?? ""))) return at;
    }
  }
  return -1;
}
