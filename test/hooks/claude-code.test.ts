import { existsSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { openJournal } from "../../server/adapters/ledger/journal.ts";
import type { JournalEntry } from "../../server/engine/ports.ts";
import { claudeCode } from "../../server/hooks/agents/claude-code.ts";
import { runHook } from "../../server/hooks/run-hook.ts";
import { quiet } from "../adapters/quiet-log.ts";
import { makeFolder, makeRepository } from "../adapters/scratch-repository.ts";
import { startSession } from "./session.ts";

const clock = { now: () => "2026-11-23T10:00:00.000Z" };

async function entriesOf(root: string): Promise<readonly JournalEntry[]> {
  const journal = openJournal(join(root, ".git/shipgate"), { clock, log: quiet });
  return (await journal.read()).map(({ entry }) => entry);
}

function withFile(path: string, content: string) {
  const session = startSession();
  session.repo.write(path, content);
  session.repo.commitAll();
  return session;
}

describe("runHook for Claude Code's edits", () => {
  test("an Edit's new lines are the session's, with its model, and the person's stay unknown", async () => {
    const session = withFile("a.ts", "one\ntwo\n");
    await session.send({ hook_event_name: "SessionStart", source: "startup", model: "claude-x" });
    session.repo.write("a.ts", "one\nmine\ntwo\n");
    await session.edit("a.ts", "two\n", "new\ntwo\n");
    expect(await session.letters("a.ts")).toEqual(["? mine", "A new"]);
    const { change, assistedPaths } = await session.build();
    expect(change.sessions).toEqual([
      { agent: "claude-code", session: "9f3c1a52-6d0e-4b7a-8c41-2e5d90b7f613", model: "claude-x" },
    ]);
    expect([...assistedPaths]).toEqual(["a.ts"]);
    expect(change.files[0]?.lines.at(-1)?.evidence[0]).toMatch(/^sha256:/u);
  });

  test("a Write of a new file is all the session's, and what is typed after it is not", async () => {
    const session = withFile("a.ts", "one\n");
    await session.write("src/new file é.ts", "first\nsecond\n");
    session.repo.write("src/new file é.ts", "first\nmine\nsecond\n");
    expect(await session.letters("src/new file é.ts")).toEqual(["A first", "? mine", "A second"]);
  });

  test("a Write over a file claims only the lines that it adds", async () => {
    const session = withFile("a.ts", "one\n");
    session.repo.write("a.ts", "one\nmine\n");
    await session.write("a.ts", "one\nmine\nnew\n");
    expect(await session.letters("a.ts")).toEqual(["? mine", "A new"]);
  });

  test("a MultiEdit with replace_all is followed", async () => {
    const session = withFile("a.ts", "x\ny\nx\n");
    const edits = [
      { old_string: "x", new_string: "z", replace_all: true },
      { old_string: "y\n", new_string: "y$&\n" },
    ];
    await session.tool("MultiEdit", { file_path: "a.ts", edits }, () =>
      session.repo.write("a.ts", "z\ny$&\nz\n"),
    );
    expect(await session.letters("a.ts")).toEqual(["A z", "A y$&", "A z"]);
  });

  test("a NotebookEdit owns the lines of its cell and no others", async () => {
    const cell = (lines: string) => `{\n "cells": [\n${lines}\n ]\n}\n`;
    const session = withFile("n.ipynb", cell('   "import numpy\\n"'));
    const input = {
      notebook_path: join(session.repo.root, "n.ipynb"),
      new_source: "total = 12\nprint(total)",
    };
    await session.tool("NotebookEdit", input, () =>
      session.repo.write(
        "n.ipynb",
        cell(
          '   "import numpy\\n",\n   "typed_by_me()\\n",\n   "total = 12\\n",\n   "print(total)"',
        ),
      ),
    );
    expect(await session.letters("n.ipynb")).toEqual([
      '?    "import numpy\\n",',
      '?    "typed_by_me()\\n",',
      'a    "total = 12\\n",',
      'a    "print(total)"',
    ]);
  });

  test("what a person saved between the two events is not the session's", async () => {
    const session = withFile("a.ts", "one\ntwo\n");
    const input = { file_path: "a.ts", old_string: "two\n", new_string: "new\ntwo\n" };
    await session.tool("Edit", input, () => session.repo.write("a.ts", "mine\none\nnew\ntwo\n"));
    expect(await session.letters("a.ts")).toEqual(["? mine", "A new"]);
  });

  test("an edit that a formatter changed at once stays the session's, less surely", async () => {
    const session = withFile("a.ts", "one\n");
    const input = { file_path: "a.ts", content: "if(a){b()}\n" };
    await session.tool("Write", input, () => session.repo.write("a.ts", "if (a) { b() }\n"));
    expect(await session.letters("a.ts")).toEqual(["a if (a) { b() }"]);
  });

  test("a late, a doubled and a missing event before the edit make no difference", async () => {
    const session = withFile("a.ts", "one\n");
    session.repo.write("a.ts", "one\nnew\n");
    const after = {
      hook_event_name: "PostToolUse",
      tool_name: "Edit",
      tool_use_id: "toolu_x",
      tool_input: { file_path: "a.ts", old_string: "one\n", new_string: "one\nnew\n" },
      tool_response: { originalFile: "one\n", structuredPatch: [], userModified: false },
    };
    expect(await session.send(after)).toMatchObject({ exitCode: 0 });
    expect(await session.send(after)).toMatchObject({ exitCode: 0 });
    expect(await session.letters("a.ts")).toEqual(["A new"]);
  });

  test("without any word of what the file was, nothing is claimed", async () => {
    const session = withFile("a.ts", "one\n");
    session.repo.write("a.ts", "one\nmine\n");
    const answer = await session.send({
      hook_event_name: "PostToolUse",
      tool_name: "Edit",
      tool_use_id: "toolu_x",
      tool_input: { file_path: "a.ts", old_string: "x", new_string: "y" },
    });
    expect(answer.stderr).toContain("was not followed");
    expect(await session.letters("a.ts")).toEqual(["? mine"]);
  });

  test("a report that comes before the write is believed once the write is there", async () => {
    const session = withFile("a.ts", "one\n");
    const input = { file_path: "a.ts", old_string: "one\n", new_string: "one\nnew\n" };
    await session.tool("Edit", input, () => {});
    session.repo.write("a.ts", "one\nnew\n");
    expect(await session.letters("a.ts")).toEqual(["A new"]);
  });

  test("lines stay the session's after a commit, a rename and an amended commit", async () => {
    const session = withFile("a.ts", "one\ntwo\nthree\nfour\n");
    session.repo.git("switch", "-q", "-c", "feature");
    await session.edit("a.ts", "two\n", "two\nnew\n");
    session.repo.commitAll();
    renameSync(join(session.repo.root, "a.ts"), join(session.repo.root, "b.ts"));
    expect(await session.letters("b.ts")).toEqual(["A new"]);
    session.repo.git("add", "-A");
    session.repo.git("commit", "-q", "--amend", "-m", "Amended");
    expect(await session.letters("b.ts")).toEqual(["A new"]);
  });
});

describe("runHook for Claude Code's commands", () => {
  test("owns the lines that stand in the command, and not what changed meanwhile", async () => {
    const session = withFile("a.txt", "one\n");
    await session.bash("cat >> a.txt <<EOF\nconst written = 1;\n}\nEOF", () => {
      session.repo.write("a.txt", "one\nconst written = 1;\n}\n");
      session.repo.write("mine.txt", "typed while it ran\n");
    });
    expect(await session.letters("a.txt")).toEqual(["a const written = 1;", "a }"]);
    expect(await session.letters("mine.txt")).toEqual(["? typed while it ran"]);
    expect([...(await session.build()).assistedPaths].toSorted()).toEqual(["a.txt", "mine.txt"]);
  });

  test("owns a lock file that the program it called writes", async () => {
    const session = withFile("package-lock.json", "{\n}\n");
    await session.bash("npm install csv", () =>
      session.repo.write("package-lock.json", '{\n  "csv": 1\n}\n'),
    );
    expect(await session.letters("package-lock.json")).toEqual(['a   "csv": 1']);
  });

  test("owns nothing that a checkout or a pull brought", async () => {
    const session = withFile("a.txt", "one\n");
    session.repo.git("switch", "-q", "-c", "other");
    session.repo.write("a.txt", "one\nby a colleague\n");
    session.repo.commitAll();
    session.repo.git("switch", "-q", "main");
    const answer = await session.bash("git merge other # by a colleague", () =>
      session.repo.git("merge", "-q", "other"),
    );
    expect(answer.stderr).toContain("moved HEAD");
    expect((await entriesOf(session.repo.root)).length).toBe(0);
  });

  test("a file that it put back to what it is at HEAD has no lines left", async () => {
    const session = withFile("a.txt", "one\n");
    await session.write("a.txt", "one\nnew\n");
    await session.bash("git checkout a.txt", () => session.repo.git("checkout", "-q", "a.txt"));
    expect((await session.build()).change.files).toEqual([]);
  });
});

describe("runHook where there is little to record", () => {
  test("works before the first commit, so that nothing is lost", async () => {
    const session = startSession();
    await session.write("a.ts", "first\n");
    await session.bash("ls", () => {});
    expect((await entriesOf(session.repo.root)).map(({ body }) => body.kind)).toEqual(["edit"]);
  });

  test("keeps sessions' beginnings and ends, and other events cost nothing", async () => {
    const session = withFile("a.ts", "one\n");
    await session.send({ hook_event_name: "SessionStart", source: "startup", model: "m" });
    for (const name of [
      "UserPromptSubmit",
      "Stop",
      "SubagentStop",
      "Notification",
      "FutureEvent",
    ]) {
      expect(await session.send({ hook_event_name: name, prompt: "secret" })).toEqual({
        exitCode: 0,
        stdout: "",
        stderr: "",
      });
    }
    await session.send({ hook_event_name: "SessionEnd", reason: "other" });
    const bodies = (await entriesOf(session.repo.root)).map(({ body }) => body);
    expect(bodies.map((body) => body.kind === "session" && body.event)).toEqual(["start", "end"]);
  });

  test("is quiet about a folder without a repository", async () => {
    const folder = makeFolder();
    const event = { hook_event_name: "SessionStart", session_id: "s", cwd: folder };
    const answer = await runHook("claude-code", JSON.stringify(event), {
      cwd: folder,
      clock,
      log: quiet,
    });
    expect(answer.exitCode).toBe(0);
    expect(answer.stderr).toContain("no repository");
  });

  test("keeps binary files out of the lines and says so", async () => {
    const session = withFile("a.bin", "x");
    const input = { file_path: "a.bin", content: "y" };
    const answer = await session.tool("Write", input, () =>
      session.repo.write("a.bin", Buffer.from([0xff, 0, 1])),
    );
    expect(answer).toMatchObject({ exitCode: 0 });
  });
});

describe("hostile events", () => {
  test.for([
    ["a path above the repository", "../outside.txt"],
    ["an absolute path elsewhere", "/etc/hostname"],
    ["git's own folder", ".git/config"],
    ["git's own folder, otherwise written", ".GIT/config"],
    ["a link that leads out", "link-out/secret.txt"],
    ["a link to a file outside", "link-file"],
    ["nothing", ""],
    ["a NUL", "a\0b"],
  ])("%s is not read or recorded", async ([, path]) => {
    const session = withFile("a.ts", "one\n");
    const outside = makeFolder();
    writeFileSync(join(outside, "secret.txt"), "secret\n");
    symlinkSync(outside, join(session.repo.root, "link-out"));
    symlinkSync(join(outside, "secret.txt"), join(session.repo.root, "link-file"));
    const answer = await session.tool("Write", { file_path: path, content: "x\n" }, () => {});
    expect(answer).toMatchObject({ exitCode: 0, stdout: "" });
    expect(answer.stderr).toContain("not recorded");
    expect(await entriesOf(session.repo.root)).toEqual([]);
  });

  test("a link inside the repository is recorded under the file that it leads to", async () => {
    const session = withFile("real/a.ts", "one\n");
    symlinkSync("real", join(session.repo.root, "alias"));
    await session.edit("alias/a.ts", "one\n", "one\nnew\n");
    expect(await session.letters("real/a.ts")).toEqual(["A new"]);
  });

  test("an edit in a nested or another repository is recorded there", async () => {
    const session = withFile("a.ts", "one\n");
    const other = makeRepository();
    other.write("b.ts", "one\n");
    other.commitAll();
    await session.tool("Write", { file_path: join(other.root, "b.ts"), content: "new\n" }, () =>
      other.write("b.ts", "new\n"),
    );
    expect(await entriesOf(session.repo.root)).toEqual([]);
    expect(await entriesOf(other.root)).toHaveLength(1);
  });

  test.for(["", "{", "null", "[]", "42", '"x"', "{}", '{"hook_event_name":"PostToolUse"}', "\0"])(
    "%j gets a clear message, an exit code that blocks nothing, and leaves the journal alone",
    async (text) => {
      const session = withFile("a.ts", "one\n");
      await session.write("a.ts", "one\nnew\n");
      const answer = await session.sendText(text);
      expect(answer).toMatchObject({ exitCode: 1, stdout: "" });
      expect(answer.stderr).toMatch(/^shipgate: \S.*\n$/u);
      expect(await session.letters("a.ts")).toEqual(["A new"]);
    },
  );

  test("an event over 4 MiB is not read", async () => {
    const session = startSession();
    const answer = await session.sendText(`{"x":"${"y".repeat(4 * 1024 * 1024)}"}`);
    expect(answer).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("4 MiB") });
  });

  test("an unknown assistant is named in a safe way", async () => {
    const options = { cwd: makeFolder(), clock, log: quiet };
    const answer = await runHook("evil\u001b[31m", "{}", options);
    expect(answer.exitCode).toBe(1);
    expect(answer.stderr).not.toContain("\u001b");
  });

  test("a broken journal is said, and the event is kept all the same", async () => {
    const session = withFile("a.ts", "one\n");
    await session.write("a.ts", "one\nnew\n");
    await session.write("c.ts", "more\n");
    const file = join(session.repo.root, ".git/shipgate/journal/entries.jsonl");
    writeFileSync(file, readFileSync(file, "utf8").replace('"proven"', '"likely"'));
    await session.write("b.ts", "more\n");
    await expect(session.build()).rejects.toMatchObject({ code: "journal-broken" });
    expect(readFileSync(file, "utf8")).toContain("b.ts");
  });

  test("the events of a recorded session are all understood", () => {
    const folder = join(import.meta.dirname, "../sample/session");
    const kinds = ["change.jsonl", "mend.jsonl"]
      .flatMap((name) => readFileSync(join(folder, name), "utf8").trimEnd().split("\n"))
      .map((line) => JSON.parse(line) as { tool_name?: string })
      .map((event) => [event.tool_name, claudeCode.parse(event)[0]?.kind]);
    expect(kinds.length).toBeGreaterThan(10);
    for (const [tool, kind] of kinds) {
      if (tool !== undefined) expect(kind).toBe(tool === "Bash" ? "command" : "edit");
    }
  });

  test("whatever comes, the parser gives an event or a clear refusal", () => {
    const field = fc.oneof(fc.string(), fc.jsonValue(), fc.constant("/tmp/x"));
    const names = fc.constantFrom("PreToolUse", "PostToolUse", "SessionStart", "Stop", "x");
    const tools = fc.constantFrom("Write", "Edit", "MultiEdit", "NotebookEdit", "Bash", "Read");
    const input = fc.record(
      {
        file_path: field,
        notebook_path: field,
        content: field,
        old_string: field,
        new_string: field,
        new_source: field,
        command: field,
        edits: fc.array(fc.oneof(field, fc.record({ old_string: field, new_string: field }))),
      },
      { requiredKeys: [] },
    );
    const event = fc.record(
      {
        hook_event_name: fc.oneof(names, field),
        session_id: field,
        cwd: field,
        model: field,
        tool_name: fc.oneof(tools, field),
        tool_use_id: field,
        tool_input: fc.oneof(input, field),
        tool_response: fc.oneof(fc.record({ originalFile: field }), field),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(event, fc.jsonValue()), (value) => {
        try {
          const [found] = claudeCode.parse(value);
          expect(["session", "edit", "command", "other"]).toContain(found?.kind);
        } catch (error) {
          expect(error).toMatchObject({ code: "bad-input" });
        }
      }),
      { numRuns: 2_000 },
    );
    expect(existsSync("/tmp/x/.git")).toBe(false);
  });
});
