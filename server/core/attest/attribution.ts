import { z } from "zod";

import { type AgentSession, type Attribution, UNKNOWN } from "../attribution.ts";
import type { Change, ChangedFile } from "../change.ts";
import type { GitObjectId } from "../edit.ts";
import type { StatedLines } from "../exchange/stated-lines.ts";
import { PREDICATES, STATEMENT_TYPE, statementOf } from "./statement.ts";
import { type About, subjectsOf } from "./subjects.ts";

const text = z.string().max(1000);
const line = z.int().min(1).max(10_000_000);
const count = z.int().min(0);

const source = z.enum(["hook", "transcript", "editor", "note", "trailer"]);
const confidence = z.enum(["proven", "likely"]);

const Author = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("unknown") }),
  z.strictObject({ kind: z.literal("human"), source, confidence }),
  z.strictObject({
    kind: z.literal("ai"),
    /** Place in `sessions`. */
    session: count,
    source,
    confidence,
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
  if (by?.kind === "human") return { ...by, source: "note" };
  if (by?.kind !== "ai") return UNKNOWN;
  const session = predicate.sessions[by.session];
  if (session === undefined) return UNKNOWN;
  const { lines: _, ...named } = session;
  return { kind: "ai", by: named, source: "note", confidence: by.confidence };
}

/** What a statement says of a commit, in the form that other tools' records are made from. */
export function linesOfStatement(
  statement: AttributionStatement,
  commit: GitObjectId,
): StatedLines {
  const files = statement.predicate.files.map((file) => ({
    path: file.path,
    authors: file.authors
      .filter(({ by }) => by.kind !== "unknown")
      .map(({ start, end }) => ({
        range: { start, end },
        by: statedAuthor(statement, file, start),
      })),
  }));
  return { commit, files: files.filter(({ authors }) => authors.length > 0) };
}

/** What another tool's record says of the files of a change, as a statement that nobody signed. */
export function statementOfLines(
  { commit, files }: StatedLines,
  change: Change,
): AttributionStatement {
  const byPath = new Map(files.map(({ path, authors }) => [path, authors]));
  const told = change.files.map((file) =>
    Object.assign({}, file, {
      lines: (byPath.get(file.path) ?? []).map(({ range, by }) => ({
        range,
        attribution: by,
        evidence: [],
      })),
    }),
  );
  const all = told.flatMap(({ lines }) => lines.map(({ attribution }) => attribution));
  const sessions = new Map(
    all.flatMap((each) => (each.kind === "ai" ? [[sessionKey(each.by), each.by] as const] : [])),
  );
  return attributionStatement(
    { ...change, files: told, sessions: [...sessions.values()] },
    { commit },
  );
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
  const { by, ...evidence } = attribution;
  const session = sessions.indexOf(sessionKey(by));
  return session === -1 ? { kind: "unknown" } : { ...evidence, session };
}

function sessionKey({ agent, session, model }: AgentSession): string {
  return JSON.stringify([agent, session, model ?? null]);
}
