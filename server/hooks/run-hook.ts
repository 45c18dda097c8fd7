import { openJournal } from "../adapters/ledger/journal.ts";
import { printable } from "../core/printable.ts";
import type { Review } from "../core/review.ts";
import { GateError } from "../engine/errors.ts";
import type { Clock, Journal, Log, Repository } from "../engine/ports.ts";
import { DIALECTS } from "./agents/dialects.ts";
import type {
  CommandEvent,
  EditEvent,
  HookAnswer,
  HookDialect,
  HookEvent,
  Objection,
} from "./dialect.ts";
import { keepTree, recordCommand } from "./observe-command.ts";
import { keepBefore, recordAfter } from "./observe-edit.ts";
import { forgetOldNotes, readNote, SessionNote, writeNote } from "./pending.ts";
import { findFile, openIfThere } from "./place.ts";
import { makeRecorder, type Recorder } from "./record.ts";

/** Largest event, in UTF-16 units. */
export const EVENT_LENGTH = 4 * 1024 * 1024;
/** Longest that an event may take, in milliseconds: the assistant waits. */
const LONGEST_MS = 25_000;

export interface HookOptions {
  /** Where the hook was started; events that name no folder of their own are about it. */
  readonly cwd: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Judges the change after an edit, with what needs no sandbox. Null, or left out: nothing to say. */
  readonly review?: (repository: Repository, signal: AbortSignal) => Promise<Review | null>;
  /** Why a command that is about to run should not, such as the install of a package that does not exist. */
  readonly objectTo?: (
    command: string,
    repository: Repository,
    signal: AbortSignal,
  ) => Promise<Objection | null>;
}

/** The names of assistants that there is a dialect for. */
export function hookAgents(): readonly string[] {
  return DIALECTS.map((dialect) => dialect.agent);
}

/**
 * Takes one event of an assistant as it came on stdin and gives what the process answers. Never
 * throws, and never blocks the assistant: what goes wrong on our side ends with exit code 1, which
 * assistants show and go on.
 */
export async function runHook(
  agent: string,
  stdin: string,
  options: HookOptions,
): Promise<HookAnswer> {
  const timer = new AbortController();
  const limit = setTimeout(() => timer.abort(), LONGEST_MS);
  try {
    const dialect = DIALECTS.find((one) => one.agent === agent);
    if (dialect === undefined) throw unknownAgent(agent);
    const late = new Promise<never>((_, reject) => {
      timer.signal.addEventListener("abort", () => reject(tookTooLong()));
    });
    return await Promise.race([handle(dialect, parseJson(stdin), options, timer.signal), late]);
  } catch (error) {
    const text = GateError.is(error)
      ? `${error.message} ${error.remedy}`
      : `Shipgate failed: ${error instanceof Error ? error.message : String(error)}`;
    return { exitCode: 1, stdout: "", stderr: `shipgate: ${printable(text, 1_000)}\n` };
  } finally {
    clearTimeout(limit);
  }
}

async function handle(
  dialect: HookDialect,
  value: unknown,
  options: HookOptions,
  signal: AbortSignal,
): Promise<HookAnswer> {
  const events = dialect.parse(value);
  const edits = events.filter((event) => event.kind === "edit");
  if (edits.length > 0) return handleEdits(dialect, edits, options, signal);
  const [event] = events;
  switch (event?.kind) {
    case "session":
      return handleSession(dialect, event, options);
    case "command":
      return handleCommand(dialect, event, options, signal);
    case "edit":
    case "other":
    case undefined:
      return done(dialect, []);
  }
}

async function handleSession(
  dialect: HookDialect,
  event: Extract<HookEvent, { kind: "session" }>,
  options: HookOptions,
): Promise<HookAnswer> {
  const { by, directory = "" } = event;
  const isFolder = directory !== "" && !directory.includes("\0");
  const repository = await openIfThere(isFolder ? directory : options.cwd, options.log);
  if (repository === null) {
    return done(dialect, ["This folder is in no repository: nothing is recorded."]);
  }
  if (event.event === "start") {
    await forgetOldNotes(repository.stateDir);
    if (by.model !== undefined) {
      await writeNote(repository.stateDir, sessionName(by), { model: by.model });
    }
  }
  const journal = openJournal(repository.stateDir, options);
  await journal.append({ kind: "session", event: event.event, ...by });
  return done(dialect, []);
}

/** The edits of one tool call. They may lie in several repositories; each is answered for by its own. */
async function handleEdits(
  dialect: HookDialect,
  events: readonly EditEvent[],
  options: HookOptions,
  signal: AbortSignal,
): Promise<HookAnswer> {
  const notes: string[] = [];
  const touched = new Map<
    string,
    { event: EditEvent; repository: Repository; recorder: Recorder }
  >();
  for (const event of events) {
    const place = await findFile(event.directory, event.path, options.log);
    if (place === null) {
      notes.push(`${event.path} is outside of a repository: not recorded.`);
    } else if (event.when === "before") {
      await keepBefore(event, place);
    } else {
      const { repository } = place;
      const known = touched.get(repository.stateDir);
      const recorder = known?.recorder ?? (await recorderFor(event, repository, options));
      await recordAfter(event, place, recorder);
      touched.set(repository.stateDir, { event, repository, recorder });
    }
  }
  const [first] = touched.values();
  if (first === undefined) return done(dialect, notes);
  const { event, repository, recorder } = first;
  const answered = await answer(dialect, event, repository, recorder, options, signal);
  return { ...answered, stderr: done(dialect, notes).stderr + answered.stderr };
}

async function handleCommand(
  dialect: HookDialect,
  event: CommandEvent,
  options: HookOptions,
  signal: AbortSignal,
): Promise<HookAnswer> {
  const repository = await openIfThere(event.directory, options.log);
  if (repository === null) return done(dialect, []);
  if (event.when === "before") {
    await keepTree(event, repository);
    const objection = await options.objectTo?.(event.command, repository, signal);
    return objection ? say(dialect, dialect.object(event, objection), []) : done(dialect, []);
  }
  const recorder = await recorderFor(event, repository, options);
  await recordCommand(event, repository, recorder);
  return answer(dialect, event, repository, recorder, options, signal);
}

async function recorderFor(
  event: EditEvent | CommandEvent,
  repository: Repository,
  options: HookOptions,
): Promise<Recorder> {
  const journal: Journal = openJournal(repository.stateDir, options);
  const session = await readNote(repository.stateDir, sessionName(event.by), SessionNote);
  return makeRecorder(journal, options.clock, { ...event, model: session?.model ?? null });
}

async function answer(
  dialect: HookDialect,
  event: HookEvent,
  repository: Repository,
  recorder: Recorder,
  options: HookOptions,
  signal: AbortSignal,
): Promise<HookAnswer> {
  const review = recorder.paths.size > 0 ? await options.review?.(repository, signal) : null;
  return review
    ? say(dialect, dialect.answer(event, review, [...recorder.paths]), recorder.notes)
    : done(dialect, recorder.notes);
}

function done(dialect: HookDialect, notes: readonly string[]): HookAnswer {
  return say(dialect, "", notes);
}

function say(dialect: HookDialect, text: string, notes: readonly string[]): HookAnswer {
  const stdout = text === "" ? dialect.silence : text;
  return {
    exitCode: 0,
    stdout: stdout === "" ? "" : `${stdout}\n`,
    stderr: notes.map((note) => `shipgate: ${printable(note, 500)}\n`).join(""),
  };
}

function sessionName(by: { readonly agent: string; readonly session: string }): readonly string[] {
  return ["session", by.agent, by.session];
}

function parseJson(stdin: string): unknown {
  if (stdin.length > EVENT_LENGTH) {
    throw new GateError("bad-input", "The event is larger than 4 MiB and was not read.", {
      remedy: "Nothing needs to be done; lines of this edit have no known author.",
    });
  }
  try {
    return JSON.parse(stdin);
  } catch (cause) {
    throw new GateError("bad-input", "What came on stdin is not one JSON event.", {
      remedy: "Have the assistant call `shipgate hook` itself, with its event on stdin.",
      cause,
    });
  }
}

function unknownAgent(agent: string): GateError {
  return new GateError("bad-usage", `There is no assistant \`${printable(agent)}\`.`, {
    remedy: `Name one of: ${hookAgents().join(", ")}.`,
  });
}

function tookTooLong(): GateError {
  return new GateError("cancelled", "The event took too long and was given up.", {
    remedy: "Run `shipgate journal verify`; lines of this edit may have no known author.",
  });
}
