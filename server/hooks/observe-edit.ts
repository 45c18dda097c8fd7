import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

import { decodeText, TEXT_BYTES } from "../adapters/git/text.ts";
import { keepOnlySaid } from "../core/said-text.ts";
import { applyHunks } from "./apply-patch.ts";
import type { EditEvent, FileRequest, Replacement } from "./dialect.ts";
import { FileNote, readNote, removeNote, writeNote } from "./pending.ts";
import type { FilePlace } from "./place.ts";
import type { Recorder } from "./record.ts";

/** Some assistants report a write before it is on the disk (microsoft/vscode#315926). */
const LATE_WRITE = { tries: 5, pauseMs: 30 };

/** Keeps what a file is before a tool edits it, for the event that comes after. */
export async function keepBefore(event: EditEvent, place: FilePlace): Promise<void> {
  const content = await readContent(place.file);
  if (content === "too large") return;
  const before = content === null ? null : await place.repository.keepBlob(content);
  await writeNote(place.repository.stateDir, noteName(event, place), { before });
}

/**
 * Records what a tool did to a file. The content that the request must have led to is worked out
 * and is the assistant's; if the file has another by now, the rest is nobody's yet. Where it cannot
 * be worked out, only lines that the assistant itself gave to the tool are taken to be its own, or
 * all of them where it does not say what it wrote.
 */
export async function recordAfter(
  event: EditEvent,
  place: FilePlace,
  recorder: Recorder,
): Promise<void> {
  const { repository, path } = place;
  const note = await readNote(repository.stateDir, noteName(event, place), FileNote);
  const before = await textBefore(event, place, note?.before);
  const expected = applyRequest(before ?? null, event.request);
  const after = await readAfter(place.file, before ?? null, expected);
  await removeNote(repository.stateDir, noteName(event, place));
  if (after === null || before === undefined) {
    recorder.note(`${path} was not followed: it is no text, or what it was is not known.`);
    return;
  }
  const known = expected ?? claim(before ?? "", after, event.request);
  const kept = before === null ? null : await repository.keepBlob(Buffer.from(before));
  const mine = await repository.keepBlob(Buffer.from(known));
  const confidence = expected === null ? "likely" : "proven";
  if (known !== before) {
    await recorder.edit({ path, before: kept, after: mine }, { ...event, confidence });
  }
  if (after !== known) {
    const found = await repository.keepBlob(Buffer.from(after));
    await recorder.edit({ path, before: mine, after: found }, null);
  }
}

/** What a request makes of a content; null where it does not fit, or is not ours to know. */
export function applyRequest(before: string | null, request: FileRequest): string | null {
  switch (request.kind) {
    case "write":
      return request.content;
    case "insert":
    case "unsaid":
      return null;
    case "patch":
      return applyHunks(before ?? "", request.hunks);
    case "replace": {
      let text = before ?? "";
      for (const edit of request.edits) {
        if (edit.old === "" ? text !== "" : !text.includes(edit.old)) return null;
        text = edit.all
          ? text.replaceAll(edit.old, () => edit.new)
          : text.replace(edit.old, () => edit.new);
      }
      return text;
    }
  }
}

/** What a request led to where that cannot be worked out: of what is there now, the assistant's part. */
function claim(before: string, after: string, request: FileRequest): string {
  switch (request.kind) {
    case "unsaid":
      return after;
    case "write":
      return keepOnlySaid(before, after, request.content);
    case "insert":
      return keepOnlySaid(before, after, request.text);
    case "replace":
      return keepOnlySaid(before, after, request.edits.map((edit) => edit.new).join("\n"));
    case "patch":
      return keepOnlySaid(before, after, request.hunks.flatMap((hunk) => hunk.new).join("\n"));
  }
}

/** What a content was before replacements that stand in it; undefined where that is not sure. */
function undo(after: string, edits: readonly Replacement[]): string | undefined {
  let text = after;
  for (const edit of edits.toReversed()) {
    const isOnce = edit.new !== "" && text.split(edit.new, 3).length === 2;
    if (!isOnce || edit.all) return undefined;
    text = text.replace(edit.new, () => edit.old);
  }
  return text;
}

/** What the file was: as the tool says it read it, else as it was kept. Undefined where neither tells. */
async function textBefore(
  event: EditEvent,
  place: FilePlace,
  kept: string | null | undefined,
): Promise<string | null | undefined> {
  // A tool that tells no content for an edit of a file does not mean that there was no file.
  if (typeof event.original === "string") return event.original;
  if (kept === undefined && event.request.kind === "replace") {
    // The event before never came; what is there now may still tell.
    const now = await readContent(place.file);
    const text = now === null || now === "too large" ? null : decodeText(now);
    return text === null ? undefined : undo(text, event.request.edits);
  }
  if (kept === null || kept === undefined) {
    return event.original === null && event.request.kind === "write" ? null : kept;
  }
  const texts = await place.repository.readTexts([kept], AbortSignal.timeout(10_000));
  return texts.get(kept);
}

/** The file now. One that is still what it was, though it should not be, gets a moment. */
async function readAfter(
  file: string,
  before: string | null,
  expected: string | null,
): Promise<string | null> {
  for (let attempt = 0; ; attempt += 1) {
    const content = await readContent(file);
    const text = content === null || content === "too large" ? null : decodeText(content);
    const isEarly = text === before && expected !== before;
    if (!isEarly || attempt >= LATE_WRITE.tries) return isEarly ? expected : text;
    await sleep(LATE_WRITE.pauseMs);
  }
}

/** A regular file's content, null where there is none. Never waits on a pipe, never follows a last link. */
async function readContent(file: string): Promise<Buffer | "too large" | null> {
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);
  const handle = await open(file, flags).catch(() => null);
  if (handle === null) return null;
  try {
    const found = await handle.stat();
    if (!found.isFile()) return null;
    return found.size > TEXT_BYTES ? "too large" : await handle.readFile();
  } finally {
    await handle.close();
  }
}

function noteName(event: EditEvent, place: FilePlace): readonly string[] {
  const { by, call, pair } = event;
  const names = pair === undefined ? [by.agent, by.session, call] : [pair];
  return ["file", ...names, place.path];
}
