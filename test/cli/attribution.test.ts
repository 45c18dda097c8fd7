import { describe, expect, test } from "vitest";

import { readGitAiNote, writeGitAiNote } from "../../server/core/exchange/git-ai.ts";
import type { StatedLines } from "../../server/core/exchange/stated-lines.ts";
import { git, parseOutput, plant, shipgate } from "./shipgate.ts";
import { makePlace } from "./signed-repository.ts";

const by = {
  kind: "ai",
  by: { agent: "cursor", session: "c-1", model: "m-1" },
  source: "note",
  confidence: "likely",
} as const;

/** A commit of which git-ai's note says that Cursor wrote its one line. */
async function withGitAiNote(): Promise<{ root: string; lines: StatedLines }> {
  const root = await makePlace();
  const commit = await git(root, "rev-parse", "HEAD");
  const files = [{ path: "a.txt", authors: [{ range: { start: 2, end: 2 }, by }] }];
  const lines = { commit, files };
  await git(root, "notes", "--ref=refs/notes/ai", "add", "-m", writeGitAiNote(lines));
  return { root, lines };
}

describe("attribution import and export", () => {
  test("git-ai's note is signed into ours, and comes out the same in both formats", async () => {
    const { root, lines } = await withGitAiNote();
    const end = await shipgate(["-C", root, "attribution", "import", "git-ai", "--format", "json"]);
    expect(parseOutput("notes-write", end.stdout)).toMatchObject({
      written: [{ lines: { added: 1, ai: 1, unknown: 0 } }],
    });
    const shown = await shipgate(["-C", root, "notes", "show"]);
    expect(shown.stdout).toContain("1 lines, 1 by assistants (cursor), 0 unknown");
    const exported = await shipgate(["-C", root, "attribution", "export", "git-ai"]);
    expect(readGitAiNote(exported.stdout, lines.commit)).toEqual(lines);
    const trace = await shipgate(["-C", root, "attribution", "export", "agent-trace"]);
    await git(root, "update-ref", "-d", "refs/notes/shipgate");
    await plant(root, { ".agent-trace/traces.jsonl": trace.stdout });
    const again = await shipgate(["-C", root, "attribution", "import", "agent-trace"]);
    expect(again.stdout).toContain("1 line, 1 by assistants, 0 unknown");
  });

  test("a note of git-ai is written on request only, and never over another", async () => {
    const { root } = await withGitAiNote();
    await shipgate(["-C", root, "attribution", "import", "git-ai"]);
    const before = await git(root, "notes", "--ref=refs/notes/ai", "show");
    await git(root, "update-ref", "-d", "refs/notes/ai");
    await shipgate(["-C", root, "attribution", "export", "git-ai"]);
    expect(await git(root, "for-each-ref", "refs/notes/ai")).toBe("");
    const write = ["-C", root, "attribution", "export", "git-ai", "--write"];
    expect((await shipgate(write)).code).toBe(0);
    expect(await git(root, "notes", "--ref=refs/notes/ai", "show")).toBe(before);
    await git(root, "notes", "--ref=refs/notes/ai", "add", "-f", "-m", "theirs");
    expect(await shipgate(write)).toMatchObject({ code: 3, stdout: "" });
    expect(await git(root, "notes", "--ref=refs/notes/ai", "show")).toBe("theirs");
  });

  test.for([
    ["import", "git-ai"],
    ["import", "agent-trace"],
    ["import", "other"],
    ["import", "git-ai", "--file", "no-such-file"],
    ["export", "agent-trace", "--write"],
    ["export", "git-ai", "main"],
  ])("%j exits 3 where there is nothing to do it with", async (args) => {
    const root = await makePlace();
    const end = await shipgate(["-C", root, "attribution", ...args]);
    expect(end).toMatchObject({ code: 3, stdout: "" });
  });
});
