import { access, constants, realpath, rm, rmdir, stat } from "node:fs/promises";
import { delimiter, dirname, isAbsolute, join, relative } from "node:path";

import { createTwoFilesPatch } from "diff";

import { GateError } from "../../engine/errors.ts";
import { type Assistant, ASSISTANTS, type Homes } from "./assistants.ts";
import { addHooks, commandsIn, removeHooks } from "./hook-file.ts";
import {
  type Backup,
  backupFile,
  hashOf,
  readBackup,
  readText,
  writeWhole,
} from "./settings-file.ts";

/** Where hooks are written, and what they call. */
export interface Place extends Homes {
  /** Root of the project to connect instead of the user; null for the user. */
  readonly project: string | null;
  /** What starts this program, as separate arguments. */
  readonly program: readonly string[];
}

/** What would be written for one assistant. Nothing is, until `write` is called with it. */
export interface Plan {
  readonly assistant: Assistant;
  readonly file: string;
  /** Null where there is no file. */
  readonly before: string | null;
  /** Null where the file is removed. */
  readonly after: string | null;
  /** Unified, and empty where nothing changes. */
  readonly diff: string;
}

/** How one assistant stands. */
export interface Connection {
  readonly assistant: Assistant;
  /** Whether it is on this machine. */
  readonly isFound: boolean;
  /** The user's file; whether it calls us. */
  readonly file: string;
  readonly isConnected: boolean;
}

/** Looks for every assistant on this machine. Reads only. */
export async function findAssistants(homes: Homes): Promise<readonly Connection[]> {
  return Promise.all(
    ASSISTANTS.map(async (assistant) => {
      const file = assistant.userFile(homes);
      const text = await readText(file).catch(() => null);
      return {
        assistant,
        file,
        isFound: await isThere(assistant, homes),
        isConnected: text !== null && callsUs(text),
      };
    }),
  );
}

/** What connecting an assistant would write. Throws GateError `bad-input` for a file that is not as expected. */
export async function planConnect(assistant: Assistant, place: Place): Promise<Plan> {
  const file = await fileOf(assistant, place);
  const before = await readText(file);
  const command = commandOf(assistant, place);
  if (before !== null && isWhole(assistant, before, command)) {
    return planOf(assistant, file, before, before);
  }
  const base = before === null ? null : await withoutUs(file, before, place);
  return planOf(assistant, file, before, addHooks(assistant, base ?? "", command));
}

/** What disconnecting would write: the file as it was, or, where it was edited since, without what is ours. */
export async function planDisconnect(assistant: Assistant, place: Place): Promise<Plan> {
  const file = await fileOf(assistant, place);
  const before = await readText(file);
  const after = before === null ? null : await withoutUs(file, before, place);
  return planOf(assistant, file, before, after);
}

/** Writes a plan. Throws GateError `bad-input` where the file is no longer what the plan was made for. */
export async function writePlan(plan: Plan, place: Place): Promise<void> {
  if (plan.before === plan.after) return;
  if ((await readText(plan.file)) !== plan.before) {
    throw new GateError("bad-input", `${plan.file} was changed in the meantime.`, {
      remedy: "Look at the preview again.",
    });
  }
  const backup = backupFile(plan.file, place);
  if (plan.after !== null && callsUs(plan.after)) {
    const base = plan.before === null ? null : await withoutUs(plan.file, plan.before, place);
    const record: Backup = { file: plan.file, before: base, afterHash: hashOf(plan.after) };
    await writeWhole(backup, JSON.stringify(record), 0o600);
  } else {
    await rm(backup, { force: true });
  }
  if (plan.after !== null) return writeWhole(plan.file, plan.after);
  await rm(plan.file);
  // A folder that was made for the file goes with it; one with anything else in it stays.
  await rmdir(dirname(plan.file)).catch(() => {});
}

/** The file without us: what it was before, where nobody edited it since. Null where there was none. */
async function withoutUs(file: string, text: string, place: Place): Promise<string | null> {
  if (!callsUs(text)) return text;
  const backup = await readBackup(file, place);
  if (backup?.afterHash === hashOf(text)) return backup.before;
  const rest = removeHooks(text);
  const isOnlyOurs =
    backup?.before === null && /^\s*\{\s*(?:"version"\s*:\s*1\s*)?\}\s*$/u.test(rest);
  return isOnlyOurs ? null : rest;
}

/** Whether the file has every hook of ours as it would be written now. */
function isWhole(assistant: Assistant, text: string, command: string): boolean {
  const found = commandsIn(text).filter((one) => !one.startsWith("& "));
  return found.length === assistant.entries.length && found.every((one) => one === command);
}

function callsUs(text: string): boolean {
  try {
    return commandsIn(text).length > 0;
  } catch {
    return false;
  }
}

function planOf(
  assistant: Assistant,
  file: string,
  before: string | null,
  after: string | null,
): Plan {
  const names = [
    before === null ? "/dev/null" : file,
    after === null ? "/dev/null" : file,
  ] as const;
  const diff =
    before === after ? "" : createTwoFilesPatch(...names, before ?? "", after ?? "", "", "");
  return { assistant, file, before, after, diff: diff.replace(/^=+\n/u, "") };
}

async function fileOf(assistant: Assistant, place: Place): Promise<string> {
  const { project } = place;
  const wish = project === null ? assistant.userFile(place) : join(project, assistant.projectFile);
  const file = await resolveLinks(wish);
  if (project === null) return file;
  const inside = relative(await realpath(project), file);
  if (!inside.startsWith("..") && !isAbsolute(inside)) return file;
  throw new GateError(
    "bad-input",
    `${assistant.projectFile} is a link that leads out of the project.`,
    {
      remedy: "Replace the link by a file, or connect without --project.",
    },
  );
}

/** People keep their settings elsewhere and link to them: the file is written, not the link. */
async function resolveLinks(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(await resolveLinks(parent), path.slice(parent.length));
  }
}

/** A project's hooks are shared: they find the program on each person's PATH. */
function commandOf(assistant: Assistant, { project, program }: Place): string {
  const words = project === null ? program : ["shipgate"];
  return [...words.map(quote), "hook", assistant.dialect].join(" ");
}

function quote(word: string): string {
  if (/^[\w./:@%+=,-]+$/u.test(word)) return word;
  if (process.platform === "win32") return `"${word}"`;
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

async function isThere(assistant: Assistant, homes: Homes): Promise<boolean> {
  const folder = await stat(assistant.folder(homes)).catch(() => null);
  if (folder?.isDirectory() === true) return true;
  const endings = process.platform === "win32" ? [".exe", ".cmd", ""] : [""];
  for (const dir of (homes.environment["PATH"] ?? "").split(delimiter).filter(isAbsolute)) {
    for (const name of assistant.programs.flatMap((one) => endings.map((end) => one + end))) {
      if (
        await access(join(dir, name), constants.X_OK).then(
          () => true,
          () => false,
        )
      )
        return true;
    }
  }
  return false;
}
