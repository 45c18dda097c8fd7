import { z } from "zod";

import { parseJson } from "../attest/envelope.ts";
import type { AgentSession } from "../attribution.ts";
import { sha256Digest } from "../digest.ts";
import type { GitObjectId } from "../edit.ts";
import {
  LONGEST_TEXT,
  MOST_RANGES,
  type StatedFile,
  type StatedLines,
  tidyRanges,
  toldBySession,
} from "./stated-lines.ts";

/** Where the reference implementation keeps its records, one JSON text a line. */
export const AGENT_TRACE_PATH = ".agent-trace/traces.jsonl";
/** How a record names the session of a conversation, so that it can be read back. */
const SESSION_URL = "urn:shipgate:session:";
/** Our field in a record's metadata. */
const METADATA = "com.github.shipgate";

const line = z.int().min(1).max(10_000_000);
const Contributor = z.looseObject({
  type: z.enum(["human", "ai", "mixed", "unknown"]),
  model_id: z.string().max(250).exactOptional(),
});
const AgentTrace = z.looseObject({
  /** The reference hook writes `1.0`, the specification wants three numbers. */
  version: z.string().regex(/^\d+\.\d+(?:\.\d+)?$/u),
  id: z.uuid(),
  timestamp: z.string().max(64),
  vcs: z.looseObject({ type: z.string(), revision: z.string().max(64) }).exactOptional(),
  tool: z
    .looseObject({ name: z.string().max(200), version: z.string().max(200).exactOptional() })
    .exactOptional(),
  files: z.array(
    z.looseObject({
      path: z.string().min(1).max(20_000),
      conversations: z.array(
        z.looseObject({
          url: z.string().max(5_000).exactOptional(),
          contributor: Contributor.exactOptional(),
          ranges: z
            .array(
              z.looseObject({
                start_line: line,
                end_line: line,
                contributor: Contributor.exactOptional(),
              }),
            )
            .max(MOST_RANGES),
          related: z
            .array(z.looseObject({ type: z.string(), url: z.string().max(5_000) }))
            .exactOptional(),
        }),
      ),
    }),
  ),
});
type AgentTrace = z.infer<typeof AgentTrace>;
type Conversation = AgentTrace["files"][number]["conversations"][number];

/** One Agent Trace record (0.1.0) of a commit, as one line of JSON. */
export function writeAgentTrace(
  { commit, files }: StatedLines,
  { time, version }: { readonly time: string; readonly version: string },
): string {
  const record = {
    version: "0.1.0",
    id: uuidOf(`${commit} ${JSON.stringify(files)}`),
    timestamp: time,
    vcs: { type: "git", revision: commit },
    tool: { name: "shipgate", version },
    files: files
      .map(({ path, authors }) => ({ path, conversations: conversationsOf(authors) }))
      .filter(({ conversations }) => conversations.length > 0),
    metadata: { [METADATA]: { attribution: "https://github.com/shipgate/shipgate" } },
  };
  return `${JSON.stringify(record)}\n`;
}

/** Reads the records of a commit from JSON Lines, leniently: a line that is no record is passed over. */
export function readAgentTraces(text: string, commit: GitObjectId): StatedLines {
  const authors = new Map<string, StatedFile["authors"][number][]>();
  const lines = text.length > LONGEST_TEXT ? [] : text.split("\n");
  for (const each of lines.toReversed()) {
    const record = AgentTrace.safeParse(parseJson(each)).data;
    if (record?.vcs?.type !== "git" || record.vcs.revision !== commit) continue;
    for (const { path, conversations } of record.files) {
      if (path.startsWith(".shell-history") || path.startsWith(".sessions")) continue;
      const list = authors.get(path) ?? [];
      authors.set(path, list);
      for (const conversation of conversations) list.push(...rangesOf(record, conversation));
    }
  }
  return {
    commit,
    files: [...authors].map(([path, list]) => ({ path, authors: tidyRanges(list) })),
  };
}

function conversationsOf(authors: StatedFile["authors"]): readonly unknown[] {
  const groups = Map.groupBy(
    authors.filter(({ by }) => by.kind !== "unknown"),
    ({ by }) => JSON.stringify(by.kind === "ai" ? by.by : by.kind),
  );
  return [...groups.values()].flatMap((group) => {
    const by = group[0]?.by;
    const ranges = group.map(({ range }) => ({ start_line: range.start, end_line: range.end }));
    if (by?.kind === "human") return [{ contributor: { type: "human" }, ranges }];
    return by?.kind === "ai" ? [{ ...describeSession(by.by), ranges }] : [];
  });
}

function describeSession({ agent, session, model }: AgentSession) {
  const parts = [agent, session, ...(model === undefined ? [] : [model])];
  const url = `${SESSION_URL}${parts.map(encodeURIComponent).join(":")}`;
  // Models are named `provider/model` there; without a provider ours is not told as if it were one.
  const isQualified = model !== undefined && /^[^/]+\/.+$/u.test(model) && model.length <= 250;
  return {
    contributor: { type: "ai", ...(isQualified && { model_id: model }) },
    related: [{ type: "session", url }],
  };
}

function rangesOf(record: AgentTrace, conversation: Conversation): StatedFile["authors"][number][] {
  const session = sessionOf(record, conversation);
  return conversation.ranges.flatMap(({ start_line, end_line, contributor }) => {
    const who = contributor ?? conversation.contributor;
    const range = { start: start_line, end: end_line };
    switch (who?.type) {
      case "human":
        return [{ range, by: { kind: "human", source: "note", confidence: "likely" } as const }];
      case "ai": {
        const model = session.model ?? who.model_id;
        return [
          { range, by: toldBySession({ ...session, ...(model !== undefined && { model }) }) },
        ];
      }
      // Mixed lines are somebody's, but nobody knows whose.
      case "mixed":
      case "unknown":
      case undefined:
        return [];
    }
  });
}

function sessionOf(record: AgentTrace, { related, url }: Conversation): AgentSession {
  const own = related?.find((each) => each.url.startsWith(SESSION_URL))?.url;
  const [agent, session, model] = decodeParts(own?.slice(SESSION_URL.length) ?? "");
  if (agent && session) return { agent, session, ...(model && { model }) };
  return { agent: record.tool?.name ?? "unknown", session: url ?? record.id };
}

function decodeParts(text: string): readonly string[] {
  try {
    return text.split(":").map(decodeURIComponent);
  } catch {
    return [];
  }
}

/** An identifier that follows from the content (RFC 9562, version 8). */
function uuidOf(text: string): string {
  const hex = sha256Digest(text).slice("sha256:".length);
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
  ];
  return [...parts, hex.slice(20, 32)].join("-");
}
