import { basename } from "node:path/posix";

import type { GitObjectId } from "../core/edit.ts";
import { keepOnlySaid } from "../core/said-text.ts";
import { GateError } from "../engine/errors.ts";
import type { Repository } from "../engine/ports.ts";
import type { CommandEvent } from "./dialect.ts";
import { readNote, removeNote, TreeNote, writeNote } from "./pending.ts";
import type { Recorder } from "./record.ts";

type FileState = TreeNote["files"][number];

/** Most files of one command that are followed. */
const FILES = 500;

/** Files that only their own tools write, and the programs that do. */
const GENERATED: readonly (readonly [RegExp, RegExp])[] = [
  [/^(?:package-lock\.json|npm-shrinkwrap\.json)$/u, /\bnpm\b/u],
  [/^yarn\.lock$/u, /\byarn\b/u],
  [/^pnpm-lock\.yaml$/u, /\bpnpm\b/u],
  [/^bun\.lockb?$/u, /\bbun\b/u],
  [/^(?:poetry|uv|pdm|Pipfile)\.lock$/u, /\b(?:poetry|uv|pdm|pipenv)\b/u],
  [/^Cargo\.lock$/u, /\bcargo\b/u],
  [/^go\.sum$/u, /\bgo\b/u],
];

/** Keeps what differs from HEAD before a command runs. */
export async function keepTree(event: CommandEvent, repository: Repository): Promise<void> {
  const note = await readTree(repository);
  if (note !== null) await writeNote(repository.stateDir, noteName(event), note);
}

/**
 * Records what changed while an assistant's command ran. That alone does not say that it wrote it:
 * a person may have saved a file meanwhile, and the command may have brought others' work in. Its
 * own are the lines that stand in the command itself, and files that only a program it called
 * writes. A command that moved HEAD tells nothing.
 */
export async function recordCommand(
  event: CommandEvent,
  repository: Repository,
  recorder: Recorder,
): Promise<void> {
  const before = await readNote(repository.stateDir, noteName(event), TreeNote);
  await removeNote(repository.stateDir, noteName(event));
  const after = before === null ? null : await readTree(repository);
  if (before === null || after === null) return;
  if (before.head !== after.head) {
    recorder.note("The command moved HEAD: what it changed is not followed.");
    return;
  }
  const changed = compareTrees(before.files, after.files);
  if (changed.length > FILES) {
    recorder.note(`Of ${changed.length} changed files ${FILES} are followed.`);
  }
  for (const file of changed.slice(0, FILES)) await recordFile(event, repository, recorder, file);
}

interface ChangedPath {
  readonly path: string;
  readonly before: GitObjectId | null;
  readonly after: GitObjectId | null;
}

async function recordFile(
  event: CommandEvent,
  repository: Repository,
  recorder: Recorder,
  { path, before, after }: ChangedPath,
): Promise<void> {
  const isGenerated = GENERATED.some(
    ([file, program]) => file.test(basename(path)) && program.test(event.command),
  );
  if (isGenerated || after === null) {
    await recorder.edit({ path, before, after }, { by: event.by, confidence: "likely" });
    return;
  }
  const blobs = before === null ? [after] : [before, after];
  const texts = await repository.readTexts(blobs, AbortSignal.timeout(10_000));
  const old = before === null ? "" : texts.get(before);
  const text = texts.get(after);
  if (old === undefined || text === undefined) return;
  const said = keepOnlySaid(old, text, event.command);
  if (said === old) {
    await recorder.edit({ path, before, after }, null);
    return;
  }
  const middle = await repository.keepBlob(Buffer.from(said));
  await recorder.edit({ path, before, after: middle }, { by: event.by, confidence: "likely" });
  if (middle !== after) await recorder.edit({ path, before: middle, after }, null);
}

function compareTrees(
  before: readonly FileState[],
  after: readonly FileState[],
): readonly ChangedPath[] {
  const old = new Map(before.map((file) => [file[0], file]));
  const now = new Map(after.map((file) => [file[0], file]));
  const changed: ChangedPath[] = [];
  for (const path of new Set([...old.keys(), ...now.keys()])) {
    const was = old.get(path);
    const is = now.get(path);
    // A file that is in neither list is what it is at HEAD.
    const from = was === undefined ? (is?.[1] ?? null) : was[2];
    const to = is === undefined ? (was?.[1] ?? null) : is[2];
    if (from !== to) changed.push({ path, before: from, after: to });
  }
  return changed;
}

async function readTree(repository: Repository): Promise<TreeNote | null> {
  try {
    const raw = await repository.readChange({ base: "HEAD" }, AbortSignal.timeout(10_000));
    const files = raw.files
      .filter((file) => [file.before, file.after].every((side) => side?.mode !== "160000"))
      .flatMap(({ before, after }): FileState[] => {
        const here: FileState[] = [];
        if (after !== null) {
          const same = before?.path === after.path ? before.blob : null;
          here.push([after.path, same, after.blob]);
        }
        if (before !== null && before.path !== after?.path)
          here.push([before.path, before.blob, null]);
        return here;
      });
    return { head: raw.base.commit, files };
  } catch (error) {
    if (GateError.is(error, "no-commits") || GateError.is(error, "cancelled")) return null;
    throw error;
  }
}

function noteName(event: CommandEvent): readonly string[] {
  return ["tree", event.by.agent, event.by.session, event.pair ?? "", event.call];
}
