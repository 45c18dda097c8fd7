import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { openJournal } from "../../server/adapters/ledger/journal.ts";
import { git, parseOutput, scratch, shipgate } from "./shipgate.ts";

const silent = { debug() {}, info() {}, warn() {}, error() {} };

async function repositoryWithJournal(): Promise<{ root: string; entries: string }> {
  const root = await scratch();
  await git(root, "init", "--quiet");
  const stateDir = join(root, ".git", "shipgate");
  const clock = { now: () => "2026-03-10T10:00:00.000Z" };
  const journal = openJournal(stateDir, { clock, log: silent });
  for (const event of ["start", "end"] as const) {
    await journal.append({ kind: "session", event, agent: "claude-code", session: "s-1" });
  }
  return { root, entries: join(stateDir, "journal", "entries.jsonl") };
}

describe("journal verify", () => {
  test("says that a new repository has nothing on record", async () => {
    const root = await scratch();
    await git(root, "init", "--quiet");
    const { code, stdout } = await shipgate(["-C", root, "journal", "verify"]);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: "The journal is whole: nothing has been recorded yet.\n",
    });
  });

  test("counts the entries of a whole journal", async () => {
    const { root } = await repositoryWithJournal();
    const end = await shipgate(["-C", root, "journal", "verify", "--format", "json"]);
    expect(end.code).toBe(0);
    expect(parseOutput("journal-verify", end.stdout)).toMatchObject({ whole: true, entries: 2 });
  });

  test("exits 1 when somebody rewrote an entry", async () => {
    const { root, entries } = await repositoryWithJournal();
    const text = await readFile(entries, "utf8");
    await writeFile(entries, text.replace("claude-code", "claude-c0de"));
    const end = await shipgate(["-C", root, "journal", "verify", "--format", "json"]);
    expect(end.code).toBe(1);
    expect(parseOutput("journal-verify", end.stdout)).toMatchObject({
      whole: false,
      problem: expect.stringMatching(/./),
    });
  });

  test("exits 3 outside a repository", async () => {
    const root = await scratch();
    expect(await shipgate(["-C", root, "journal", "verify"])).toMatchObject({
      code: 3,
      stdout: "",
    });
  });
});
