import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";

import type { Attribution } from "../../../../server/core/attribution.ts";
import { readAgentTraces, writeAgentTrace } from "../../../../server/core/exchange/agent-trace.ts";
import { readGitAiNote, writeGitAiNote } from "../../../../server/core/exchange/git-ai.ts";
import type { StatedLines } from "../../../../server/core/exchange/stated-lines.ts";

const commit = "1".repeat(40);
const context = { time: "2026-06-01T12:00:00.000Z", version: "1.0.0" };
const claude: Attribution = {
  kind: "ai",
  by: { agent: "claude-code", session: "s 1:ü", model: "m-1" },
  source: "note",
  confidence: "likely",
};
const cursor: Attribution = { ...claude, by: { agent: "cursor", session: "c-1" } };
const human: Attribution = { kind: "human", source: "note", confidence: "likely" };
const range = (start: number, end = start) => ({ start, end });

const stated: StatedLines = {
  commit,
  files: [
    {
      path: "src/a b.ts",
      authors: [
        { range: range(1, 3), by: claude },
        { range: range(4), by: cursor },
        { range: range(6, 9), by: claude },
      ],
    },
    { path: "ünï.txt", authors: [{ range: range(2), by: cursor }] },
  ],
};

/** Agent Trace 0.1.0, as strictly as its specification has it. */
const TraceSchema = z.strictObject({
  version: z.string().regex(/^\d+\.\d+\.\d+$/u),
  id: z.uuid(),
  timestamp: z.iso.datetime(),
  vcs: z.strictObject({ type: z.enum(["git", "jj", "hg", "svn"]), revision: z.string() }),
  tool: z.strictObject({ name: z.string(), version: z.string() }),
  files: z.array(
    z.strictObject({
      path: z.string(),
      conversations: z.array(
        z.strictObject({
          contributor: z.strictObject({
            type: z.enum(["human", "ai", "mixed", "unknown"]),
            model_id: z.string().max(250).exactOptional(),
          }),
          ranges: z.array(z.strictObject({ start_line: z.int().min(1), end_line: z.int().min(1) })),
          related: z.array(z.strictObject({ type: z.string(), url: z.url() })).exactOptional(),
        }),
      ),
    }),
  ),
  metadata: z.record(z.string().regex(/^[a-z]+(?:\.[a-z]+)+$/u), z.unknown()),
});

describe("git-ai notes", () => {
  test("are read back as they were written", () => {
    expect(readGitAiNote(writeGitAiNote(stated), commit)).toEqual(stated);
  });

  test("have the form of authorship/3.0.0", () => {
    const [head = "", metadata = ""] = writeGitAiNote(stated).split("\n---\n");
    expect(head.split("\n")).toEqual([
      '"src/a b.ts"',
      expect.stringMatching(/^ {2}s_[0-9a-f]{14}::t_[0-9a-f]{14} 1-3,6-9$/u),
      expect.stringMatching(/^ {2}s_[0-9a-f]{14}::t_[0-9a-f]{14} 4$/u),
      "ünï.txt",
      expect.stringMatching(/^ {2}s_[0-9a-f]{14}::t_[0-9a-f]{14} 2$/u),
    ]);
    expect(JSON.parse(metadata)).toMatchObject({
      schema_version: "authorship/3.0.0",
      base_commit_sha: commit,
      prompts: {},
      humans: {},
    });
  });

  test("tell no person's lines, and no path that has no form in them", () => {
    const authors = [{ range: range(1), by: claude }];
    const files = [
      { path: 'a"b', authors },
      { path: "a\nb", authors },
      { path: "c", authors: [{ range: range(1), by: human }] },
    ];
    expect(writeGitAiNote({ commit, files }).split("\n---\n")[0]).toMatch(/^---/u);
  });

  test("of other versions are read: legacy prompts, humans, and what is not known is left out", () => {
    const metadata = {
      schema_version: "authorship/3.0.0",
      git_ai_version: "1.4.5",
      base_commit_sha: commit,
      prompts: { d9978a8723e02b52: { agent_id: { tool: "cursor", id: "c-1", model: "unknown" } } },
      humans: { h_31dce776f88375: { author: "Dev <dev@shop.example>" } },
    };
    const head = ["a.ts", "  d9978a8723e02b52 1-4,9", "  h_31dce776f88375 5", "  s_gone::t_x 7"];
    const note = readGitAiNote(`${head.join("\n")}\n---\n${JSON.stringify(metadata)}`, commit);
    expect(note?.files).toEqual([
      {
        path: "a.ts",
        authors: [
          { range: range(1, 4), by: cursor },
          { range: range(5), by: human },
          { range: range(9), by: cursor },
        ],
      },
    ]);
  });

  test.for(["", "---", "---\n{}", "a\n  x 1\n---\nnull", '---\n{"schema_version":"other/1"}'])(
    "%j is none",
    (text) => {
      expect(readGitAiNote(text, commit)).toBeNull();
    },
  );

  test("never throw, and overlapping or turned ranges count once", () => {
    const parts = fc.constantFrom(
      "---\n",
      "a.ts\n",
      "  s_1::t_1 ",
      "1-5",
      ",",
      "3-2",
      "0",
      "\n",
      "{}",
      '"',
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 20 }), (all) => {
        readGitAiNote(all.join(""), commit);
      }),
    );
    const metadata = {
      schema_version: "authorship/3.0.0",
      base_commit_sha: "",
      sessions: { s_1: { agent_id: { tool: "t", id: "i" } } },
    };
    const note = readGitAiNote(
      `a\n  s_1::t_1 1-5,3-4,9-8,0,7\n---\n${JSON.stringify(metadata)}`,
      commit,
    );
    expect(note?.files[0]?.authors.map((it) => it.range)).toEqual([range(1, 5), range(7)]);
  });

  test("names that objects have by nature are nobody's session", () => {
    const metadata = { schema_version: "authorship/3.0.0", base_commit_sha: "", prompts: {} };
    const text = `a\n  constructor 1\n  __proto__ 2\n---\n${JSON.stringify(metadata)}`;
    expect(readGitAiNote(text, commit)?.files).toEqual([{ path: "a", authors: [] }]);
  });
});

describe("Agent Trace records", () => {
  const full: StatedLines = {
    commit,
    files: [...stated.files, { path: "h.ts", authors: [{ range: range(1, 2), by: human }] }],
  };

  test("are read back as they were written", () => {
    expect(readAgentTraces(writeAgentTrace(full, context), commit)).toEqual(full);
  });

  test("hold to their schema and are the same each time", () => {
    const text = writeAgentTrace(full, context);
    expect(TraceSchema.safeParse(JSON.parse(text))).toMatchObject({ success: true });
    expect(writeAgentTrace(full, context)).toBe(text);
    expect(text.trimEnd()).not.toContain("\n");
  });

  test("of the reference hook are read: version 1.0, its pseudo-paths passed over", () => {
    const conversation = {
      url: "https://shop.example/c/1",
      contributor: { type: "ai", model_id: "anthropic/claude" },
      ranges: [
        { start_line: 1, end_line: 2 },
        { start_line: 3, end_line: 3, contributor: { type: "mixed" } },
      ],
    };
    const record = {
      version: "1.0",
      id: "0f8fad5b-d9cb-469f-a165-70867728950e",
      timestamp: "2026-01-01T00:00:00Z",
      vcs: { type: "git", revision: commit },
      tool: { name: "cursor", version: "2" },
      files: [
        { path: "a.ts", conversations: [conversation] },
        { path: ".shell-history", conversations: [conversation] },
      ],
    };
    const other = { ...record, vcs: { type: "git", revision: "2".repeat(40) } };
    const text = ["not json", JSON.stringify(other), JSON.stringify(record)].join("\n");
    const by = { agent: "cursor", session: "https://shop.example/c/1", model: "anthropic/claude" };
    expect(readAgentTraces(text, commit).files).toEqual([
      { path: "a.ts", authors: [{ range: range(1, 2), by: { ...claude, by } }] },
    ]);
  });

  test("the newest record of a line wins", () => {
    const first = { commit, files: [{ path: "a", authors: [{ range: range(1), by: claude }] }] };
    const second = { commit, files: [{ path: "a", authors: [{ range: range(1), by: cursor }] }] };
    const text = writeAgentTrace(first, context) + writeAgentTrace(second, context);
    expect(readAgentTraces(text, commit).files[0]?.authors).toEqual([
      { range: range(1), by: cursor },
    ]);
  });
});
