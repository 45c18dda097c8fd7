import { type FSWatcher, watch } from "node:fs";
import { appendFile, type FileHandle, mkdir, open, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import canonicalize from "canonicalize";

import { type Digest, sha256Digest } from "../../core/digest.ts";
import { GateError } from "../../engine/errors.ts";
import type { Clock, Journal, JournalBody, JournalEntry, Log } from "../../engine/ports.ts";
import { withLock } from "./lock.ts";
import { parseEntry } from "./schema.ts";

/** Largest entry, in bytes of its line. */
export const ENTRY_BYTES = 64 * 1024;
/** How often the size is looked at where the system's notices do not come, in milliseconds. */
const POLL_MS = 1_000;
const LINE_END = 0x0a;

export interface AddressedEntry {
  readonly address: Digest;
  readonly entry: JournalEntry;
}

/** The journal with what a long-living process needs beside the port. */
export interface WatchedJournal extends Journal {
  /** Calls back after entries were added by any process, until the function that it gives is called. */
  onChange(listener: () => void): () => void;
}

interface JournalFile {
  readonly folder: string;
  readonly entries: string;
  readonly log: Log;
}

/** What was read and found whole so far. */
interface Verified {
  readonly inode: number;
  readonly bytes: number;
  readonly list: readonly AddressedEntry[];
}

/**
 * The journal in `<state folder>/journal/entries.jsonl`: one canonical JSON text (RFC 8785) a line,
 * so that the digest of a line is the address of its entry. Every process appends under one lock
 * and waits until the disk has the line. A last line without its end, left by a killed process or
 * a power cut, is moved aside to `torn-*.txt` by the next writer and logged; a reader skips it.
 */
export function openJournal(
  stateDir: string,
  options: { readonly clock: Clock; readonly log: Log },
): WatchedJournal {
  const folder = join(stateDir, "journal");
  const file = { folder, entries: join(folder, "entries.jsonl"), log: options.log };
  let verified: Verified = { inode: 0, bytes: 0, list: [] };
  return {
    append: (body) =>
      withLock(join(folder, "lock"), () => appendEntry(file, body, options.clock.now())),
    read: async () => {
      verified = await readOn(file, verified);
      return [...verified.list];
    },
    onChange: (listener) => watchFile(file, listener),
  };
}

async function appendEntry(file: JournalFile, body: JournalBody, time: string): Promise<Digest> {
  const handle = await open(file.entries, "a+", 0o600);
  try {
    const last = await readLastLine(file, handle);
    const entry: JournalEntry = {
      schemaVersion: 1,
      sequence: last.sequence + 1,
      previous: last.address,
      time,
      body,
    };
    const line = canonicalize(entry) ?? "";
    if (parseEntry(line) === null || Buffer.byteLength(line) > ENTRY_BYTES) {
      throw new GateError(
        "bad-input",
        "Something that is not a valid journal entry was not kept.",
        {
          remedy: "Look at the values that were given; they may be too long.",
        },
      );
    }
    await writeWhole(handle, `${line}\n`, last.end);
    return sha256Digest(line);
  } finally {
    await handle.close();
  }
}

/** Appends a line, or, where the disk is full, leaves no part of it behind. */
async function writeWhole(handle: FileHandle, line: string, end: number): Promise<void> {
  try {
    await appendFile(handle, line);
    await handle.datasync();
  } catch (error) {
    await handle.truncate(end).catch(() => {});
    throw error;
  }
}

interface LastLine {
  readonly sequence: number;
  readonly address: Digest | null;
  /** Where the next line begins, in bytes. */
  readonly end: number;
}

/** The last whole line; what follows it is moved aside. */
async function readLastLine(file: JournalFile, handle: FileHandle): Promise<LastLine> {
  const { size } = await handle.stat();
  const tail = await readAt(handle, Math.max(0, size - 2 * ENTRY_BYTES), size);
  const end = tail.lastIndexOf(LINE_END) + 1;
  if (end < tail.length) await moveAside(file, handle, tail.subarray(end), size);
  const whole = size - (tail.length - end);
  if (end === 0) {
    if (whole === 0) return { sequence: 0, address: null, end: 0 };
    throw brokenJournal(file, 1, "is too long");
  }
  const line = tail.subarray(tail.lastIndexOf(LINE_END, end - 2) + 1, end - 1).toString("utf8");
  // A broken line does not stop the record: the chain goes on from its bytes, and reading names it.
  const sequence = parseEntry(line)?.sequence ?? (await countLines(handle, whole));
  return { sequence, address: sha256Digest(line), end: whole };
}

async function moveAside(
  file: JournalFile,
  handle: FileHandle,
  torn: Buffer,
  size: number,
): Promise<void> {
  const place = join(file.folder, `torn-at-${size - torn.length}-${Date.now()}.txt`);
  await writeFile(place, torn, { mode: 0o600 });
  await handle.truncate(size - torn.length);
  file.log.warn("Moved a torn line of the journal aside.", { bytes: torn.length, place });
}

/** Reads what was added since, or everything where the file is another one or got shorter. */
async function readOn(file: JournalFile, known: Verified): Promise<Verified> {
  const handle = await open(file.entries, "r").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  });
  if (handle === null) return { inode: 0, bytes: 0, list: [] };
  try {
    const { size, ino } = await handle.stat();
    const from =
      ino === known.inode && size >= known.bytes ? known : { inode: ino, bytes: 0, list: [] };
    const added = await readAt(handle, from.bytes, size);
    const end = added.lastIndexOf(LINE_END) + 1;
    const list = verifyLines(file, added.subarray(0, end), from.list);
    return { inode: ino, bytes: from.bytes + end, list };
  } finally {
    await handle.close();
  }
}

function verifyLines(
  file: JournalFile,
  bytes: Buffer,
  known: readonly AddressedEntry[],
): readonly AddressedEntry[] {
  const list = [...known];
  let start = 0;
  for (let end = bytes.indexOf(LINE_END); end !== -1; end = bytes.indexOf(LINE_END, start)) {
    const number = list.length + 1;
    const line = bytes.toString("utf8", start, end);
    const entry = end - start > ENTRY_BYTES ? null : parseEntry(line);
    if (entry === null) throw brokenJournal(file, number, "is not an entry");
    if (entry.sequence !== number) throw brokenJournal(file, number, "is out of its order");
    if (entry.previous !== (list.at(-1)?.address ?? null)) {
      throw brokenJournal(file, number, "does not follow from the line before");
    }
    list.push({ address: sha256Digest(line), entry });
    start = end + 1;
  }
  return list;
}

function brokenJournal(file: JournalFile, line: number, what: string): GateError {
  return new GateError(
    "journal-broken",
    `The journal was changed after it was written: line ${line} ${what}.`,
    {
      remedy: `Look at line ${line} of ${file.entries}; move the file away to begin a new journal.`,
    },
  );
}

async function countLines(handle: FileHandle, size: number): Promise<number> {
  let count = 0;
  for (let at = 0; at < size; at += ENTRY_BYTES) {
    for (const byte of await readAt(handle, at, Math.min(size, at + ENTRY_BYTES))) {
      if (byte === LINE_END) count += 1;
    }
  }
  return count;
}

async function readAt(handle: FileHandle, start: number, end: number): Promise<Buffer> {
  const buffer = Buffer.alloc(end - start);
  let have = 0;
  while (have < buffer.length) {
    const { bytesRead } = await handle.read(buffer, have, buffer.length - have, start + have);
    if (bytesRead === 0) break;
    have += bytesRead;
  }
  return buffer.subarray(0, have);
}

function watchFile(file: JournalFile, listener: () => void): () => void {
  let size = -1;
  let watcher: FSWatcher | undefined;
  let stopped = false;
  const look = async (): Promise<void> => {
    const found = await stat(file.entries).catch(() => null);
    const now = found?.size ?? 0;
    if (stopped || now === size) return;
    const isFirst = size === -1;
    size = now;
    if (!isFirst) listener();
  };
  const begin = async (): Promise<void> => {
    await look();
    await mkdir(file.folder, { recursive: true, mode: 0o700 });
    if (stopped) return;
    watcher = watch(file.folder, { persistent: false }, () => void look());
    // Where the system has no notices to give (network disks, used-up watches), the poll is enough.
    watcher.on("error", () => watcher?.close());
  };
  begin().catch((error: unknown) => {
    file.log.warn("Cannot watch the journal; looking at its size instead.", {
      error: String(error),
    });
  });
  const timer = setInterval(() => void look(), POLL_MS);
  timer.unref();
  return () => {
    stopped = true;
    clearInterval(timer);
    watcher?.close();
  };
}
