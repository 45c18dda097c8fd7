import * as z from "zod/mini";

import type { Digest } from "../../core/digest.ts";
import type { JournalEntry, RunPair } from "../../engine/ports.ts";

const text = (longest: number) => z.string().check(z.maxLength(longest));
const name = text(512);
const digest = z.custom<Digest>(
  (value) => typeof value === "string" && /^sha256:[0-9a-f]{64}$/u.test(value),
);
const objectId = z.string().check(z.regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/u));
const time = z.string().check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/u));
const count = z.int().check(z.nonnegative());
const source = z.enum(["hook", "transcript", "editor", "note", "trailer"]);
const confidence = z.enum(["proven", "likely"]);

const agentSession = z.strictObject({
  agent: name,
  session: name,
  model: z.exactOptional(name),
});

const attribution = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("unknown") }),
  z.strictObject({ kind: z.literal("human"), source, confidence }),
  z.strictObject({ kind: z.literal("ai"), by: agentSession, source, confidence }),
]);

const body = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("edit"),
    edit: z.strictObject({
      path: text(16_384),
      before: z.nullable(objectId),
      after: z.nullable(objectId),
      time,
      attribution,
      origin: text(2_048),
    }),
  }),
  z.strictObject({
    kind: z.literal("session"),
    event: z.enum(["start", "end"]),
    agent: name,
    session: name,
    model: z.exactOptional(name),
  }),
  z.strictObject({ kind: z.literal("run"), record: digest }),
  z.strictObject({
    kind: z.literal("approval"),
    tree: objectId,
    policy: digest,
    envelope: digest,
  }),
  z.strictObject({
    kind: z.literal("verdict"),
    change: digest,
    status: name,
    score: z.number(),
    branch: z.exactOptional(text(16_384)),
  }),
]);

const entry = z.strictObject({
  schemaVersion: z.literal(1),
  sequence: count,
  previous: z.nullable(digest),
  time,
  body,
});

const pair = z.strictObject({ base: digest, head: digest });

/** One line of the journal; null where it is not an entry. */
export function parseEntry(line: string): JournalEntry | null {
  return parseWith(entry, line);
}

/** A kept pair of runs; null where it is not one. */
export function parsePair(line: string): RunPair | null {
  return parseWith(pair, line);
}

function parseWith<T>(schema: z.ZodMiniType<T>, line: string): T | null {
  try {
    return schema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}
