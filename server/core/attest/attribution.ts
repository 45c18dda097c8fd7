import { z } from "zod";

import { type AgentSession, type Attribution, UNKNOWN } from "../attribution.ts";
import type { Change, ChangedFile } from "../change.ts";
import { PREDICATES, STATEMENT_TYPE, statementOf } from "./statement.ts";
import { type About, subjectsOf } from "./subjects.ts";

const text = z.string().max(1000);
const line = z.int().min(1).max(10_000_000);
const count = z.int().min(0);

const Author = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("unknown") }),
  z.strictObject({ kind: z.literal("human"), source: text, confidence: text }),
  z.strictObject({
    kind: z.literal("ai"),
    /** Place in `sessions`. */
    session: count,
    source: z.enum(["hook", "transcript", "editor", "note", "trailer"]),
    confidence: z.enum(["proven", "likely"]),
  }),
]);

/**
 * Who wrote which lines of a change. in-toto's SCAI has free-form attributes of whole targets; the
 * lines of a blob cannot be read back from them, and reading back is what carries attribution over
 * a rewrite. Hence a predicate of our own.
 */
export const AttributionStatement = statementOf(
  PREDICATES.attribution,
  z.strictObject({
    change: text,
    base: text,
    lines: z.strictObject({ added: count, ai: count, human: count, unknown: count }),
    sessions: z
      .array(
        z.strictObject({
          agent: text.min(1),
          session: text.min(1),
          model: text.exactOptional(),
          lines: count,
        }),
      )
      .max(10_000),
    files: z
      .array(
        z.strictObject({
          path: z.string().min(1).max(20_000),
          blob: z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/u),
          authors: z.array(z.strictObject({ start: line, end: line, by: Author })).max(1_000_000),
        }),
      )
      .max(200_000),
  }),
);
export type AttributionStatement = z.infer<typeof AttributionStatement>;
type StatedFile = AttributionStatement["predicate"]["files"][number];

/** Sums up who wrote the added lines of a change. */
export function attributionStatement(change: Change, about: About): AttributionStatement {
  const keys = change.sessions.map(sessionKey);
  const files = change.files.flatMap((file) => statedFile(file, keys));
  const lines = { added: 0, ai: 0, human: 0, unknown: 0 };
  const bySession = change.sessions.map(() => 0);
  for (const { start, end, by } of files.flatMap(({ authors }) => authors)) {
    lines.added += end - start + 1;
    lines[by.kind] += end - start + 1;
    if (by.kind === "ai") bySession[by.session] = (bySession[by.session] ?? 0) + end - start + 1;
  }
  const sessions = change.sessions.map(({ agent, session, model }, at) => ({
    agent,
    session,
    ...(model !== undefined && { model }),
    lines: bySession[at] ?? 0,
  }));
  return AttributionStatement.parse({
    _type: STATEMENT_TYPE,
    subject: subjectsOf(about),
    predicateType: PREDICATES.attribution,
    predicate: { change: change.id, base: change.base.commit, lines, sessions, files },
  });
}

/** Who wrote a line of a file, as a statement has it: `unknown` for lines that it does not name. */
export function statedAuthor(
  { predicate }: AttributionStatement,
  file: StatedFile,
  at: number,
): Attribution {
  const by = file.authors.find(({ start, end }) => start <= at && at <= end)?.by;
  if (by?.kind !== "ai") return UNKNOWN;
  const session = predicate.sessions[by.session];
  if (session === undefined) return UNKNOWN;
  const { lines: _, ...named } = session;
  return { kind: "ai", by: named, source: "note", confidence: by.confidence };
}

function statedFile(file: ChangedFile, sessions: readonly string[]): StatedFile[] {
  if (file.after === null || file.opaque) return [];
  const authors = file.lines.map(({ range, attribution }) => ({
    start: range.start,
    end: range.end,
    by: statedBy(attribution, sessions),
  }));
  return [{ path: file.path, blob: file.after.blob, authors }];
}

function statedBy(
  attribution: Attribution,
  sessions: readonly string[],
): StatedFile["authors"][number]["by"] {
  if (attribution.kind !== "ai") return attribution;
  const { source, confidence } = attribution;
  const session = sessions.indexOf(sessionKey(attribution.by));
  return session === -1 ? { kind: "unknown" } : { kind: "ai", session, source, confidence };
}

function sessionKey({ agent, session, model }: AgentSession): string {
  return JSON.stringify([agent, session, model ?? null]);
}
