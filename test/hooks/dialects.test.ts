import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { openJournal } from "../../server/adapters/ledger/journal.ts";
import { DIALECTS } from "../../server/hooks/agents/dialects.ts";
import { type HookOptions, runHook } from "../../server/hooks/run-hook.ts";
import { quiet } from "../adapters/quiet-log.ts";
import { makeRepository } from "../adapters/scratch-repository.ts";
import { aFinding, aReview } from "../lsp/reviews.ts";
import { startSession } from "./session.ts";

const FIXTURES = join(import.meta.dirname, "../fixtures/hooks");
const AGENTS = DIALECTS.map(({ agent }) => agent);
const clock = { now: () => "2026-11-23T10:00:00.000Z" };

function fixture(agent: string, name: string, root: string): string {
  const text = readFileSync(join(FIXTURES, agent, `${name}.json`), "utf8");
  return text.replaceAll("$ROOT", root.replaceAll("\\", "\\\\"));
}

/** A session on a repository, told by the recorded events of one assistant. */
function replay(agent: string, more: Partial<HookOptions> = {}) {
  const session = startSession();
  const { repo } = session;
  repo.write("a.ts", "one\ntwo\n");
  repo.write("b.txt", "typed by a person\n");
  repo.commitAll();
  const options: HookOptions = { cwd: repo.root, clock, log: quiet, ...more };
  const names = new Set(readdirSync(join(FIXTURES, agent)));
  const send = async (name: string) => {
    if (!names.has(`${name}.json`)) return null;
    return runHook(agent, fixture(agent, name, repo.root), options);
  };
  const steps = {
    create: () => repo.write("src/new.ts", "first\nsecond\n"),
    edit: () => repo.write("a.ts", "one\nnew\ntwo\n"),
    shell: () => repo.write("b.txt", "typed by a person\nconst written = 1;\n"),
  };
  const step = async (name: keyof typeof steps) => {
    const before = await send(`${name}.before`);
    steps[name]();
    return { before, after: await send(`${name}.after`) };
  };
  return { session, send, step };
}

describe.for(AGENTS)("the hook dialect of %s", (agent) => {
  const dialect = DIALECTS.find((one) => one.agent === agent);

  test("attributes a session as Claude Code's is: each line to its author", async () => {
    const { session, send, step } = replay(agent);
    await send("start");
    for (const name of ["create", "edit", "shell"] as const) {
      const { before, after } = await step(name);
      expect(before).toMatchObject({ exitCode: 0, stderr: "" });
      expect(after).toMatchObject({ exitCode: 0, stderr: "" });
    }
    session.repo.write("a.ts", "one\nnew\ntwo\nmine\n");
    await send("end");
    // A protocol that does not say what was written proves nothing.
    const sure = agent === "agent-v1" ? "a" : "A";
    expect(await session.letters("src/new.ts")).toEqual([`${sure} first`, `${sure} second`]);
    expect(await session.letters("a.ts")).toEqual([`${sure} new`, "? mine"]);
    expect(await session.letters("b.txt")).toEqual(["a const written = 1;"]);
    const { change } = await session.build();
    const [by] = change.sessions;
    expect(change.sessions).toHaveLength(1);
    expect(by?.agent).toBe(agent === "agent-v1" ? "my-agent" : agent);
    expect(by?.session).toBe(agent === "copilot-cli" ? "unnamed" : "s-1");
  });

  test("a person's edit between two calls stays theirs, and doubled reports change nothing", async () => {
    const { session, send, step } = replay(agent);
    await step("create");
    await send("create.after");
    session.repo.write("src/new.ts", "first\nmine\nsecond\n");
    await send("create.after");
    const letters = (await session.letters("src/new.ts")).map((line) => line.toUpperCase());
    expect(letters).toEqual(["A FIRST", "? MINE", "A SECOND"]);
  });

  test("a lost report before an edit never makes a person's line the assistant's", async () => {
    const { session, send } = replay(agent);
    session.repo.write("a.ts", "one\nmine\nnew\ntwo\n");
    await send("edit.after");
    const letters = await session.letters("a.ts");
    expect(letters).toContain("? mine");
  });

  test("leaves alone what neither writes nor runs, in the words that it expects", async () => {
    const { session, send } = replay(agent);
    const stdout = dialect?.silence === "" ? "" : `${dialect?.silence}\n`;
    expect(await send("other")).toEqual({ exitCode: 0, stdout, stderr: "" });
    const journal = openJournal(join(session.repo.root, ".git/shipgate"), { clock, log: quiet });
    expect(await journal.read()).toEqual([]);
  });

  test.for(["error", "warning"] as const)("answers findings of severity %s", async (severity) => {
    const { step } = replay(agent, {
      review: async () =>
        aReview({
          findings: [
            {
              ...aFinding({ location: { path: "src/new.ts", startLine: 1, endLine: 1 } }),
              severity,
            },
          ],
        }),
    });
    const { after } = await step("create");
    expect(after?.exitCode).toBe(0);
    expect(after?.stdout ?? "").toMatchSnapshot();
    if (agent !== "agent-v1") expect(JSON.parse(after?.stdout ?? "")).toBeTypeOf("object");
  });

  test("objects to a command before it runs, with the reason", async () => {
    const asked: string[] = [];
    for (const decision of ["deny", "ask"] as const) {
      const { send } = replay(agent, {
        objectTo: async (command) => {
          asked.push(command);
          return { decision, reason: "csv-strngify does not exist." };
        },
      });
      expect((await send("shell.before"))?.stdout).toMatchSnapshot(decision);
    }
    expect(asked[0]).toContain("cat >> b.txt");
  });

  test("whatever comes, the parser gives events or a clear refusal", () => {
    const events = readdirSync(join(FIXTURES, agent)).map(
      (name) => JSON.parse(fixture(agent, name.replace(".json", ""), "/r")) as object,
    );
    const value = fc.oneof(
      fc.string(),
      fc.jsonValue(),
      fc.constantFrom("/r/a.ts", "__proto__", "constructor", "*** Begin Patch\n*** Add File: \n+"),
      fc.record({ path: fc.string(), edits: fc.array(fc.jsonValue()), command: fc.jsonValue() }),
    );
    const keys = [...new Set(events.flatMap((event) => Object.keys(event)))];
    const broken = fc
      .tuple(fc.constantFrom(...events), fc.constantFrom(...keys), value)
      .map(([event, key, other]) => Object.assign({}, event, { [key]: other }));
    fc.assert(
      fc.property(fc.oneof(broken, value), (input) => {
        try {
          const found = dialect?.parse(input) ?? [];
          expect(found.length).toBeGreaterThan(0);
          for (const { kind } of found) {
            expect(["session", "edit", "command", "other"]).toContain(kind);
          }
        } catch (error) {
          expect(error).toMatchObject({ code: "bad-input" });
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test.for(["../outside.ts", "/etc/hostname", ".git/hooks/pre-commit"])(
    "an edit of %s is not recorded",
    async (path) => {
      const repo = makeRepository();
      repo.write("a.ts", "one\n");
      repo.commitAll();
      const text = fixture(agent, "create.after", repo.root)
        .replaceAll(`${repo.root}/src/new.ts`, path)
        .replaceAll("src/new.ts", path);
      const answer = await runHook(agent, text, { cwd: repo.root, clock, log: quiet });
      expect(answer.stderr).toContain("not recorded");
      const journal = openJournal(join(repo.root, ".git/shipgate"), { clock, log: quiet });
      expect(await journal.read()).toEqual([]);
    },
  );
});

describe("Claude Code's hooks", () => {
  test.for([
    ["copilot", "start", {}],
    ["copilot", "create.after", {}],
    ["cursor", "start", { hook_event_name: "SessionStart", cwd: "/r" }],
    ["claude-code", "start", {}],
  ] as const)("called by %s name it as the author", ([agent, name, more]) => {
    const event = { ...JSON.parse(fixture(agent, name, "/r")), session_id: "s-1", ...more };
    const [found] = DIALECTS.find((one) => one.agent === "claude-code")?.parse(event) ?? [];
    expect(found).toMatchObject({ by: { agent, session: "s-1" } });
  });
});

describe("patches", () => {
  test("of several files are followed file by file, with their places and moves", async () => {
    const { session } = replay("codex");
    const { repo } = session;
    repo.write("c.ts", "function a() {\n  go();\n}\nfunction b() {\n  go();\n}\n");
    repo.commitAll();
    const command = [
      "*** Begin Patch",
      "*** Update File: c.ts",
      "@@ function b() {",
      "   go();",
      "+  stop();",
      "*** Add File: d.ts",
      "+export const d = 1;",
      "*** Update File: a.ts",
      "*** Move to: moved.ts",
      "@@",
      "+export const moved = true;",
      " one",
      "*** End Patch",
    ].join("\n");
    const base = { session_id: "s-1", cwd: repo.root, tool_use_id: "c", model: "m" };
    const call = { ...base, tool_name: "apply_patch", tool_input: { command } };
    const options = { cwd: repo.root, clock, log: quiet };
    const send = (name: string) =>
      runHook("codex", JSON.stringify({ ...call, hook_event_name: name }), options);
    await send("PreToolUse");
    repo.write("c.ts", "function a() {\n  go();\n}\nfunction b() {\n  go();\n  stop();\n}\n");
    repo.write("d.ts", "export const d = 1;\n");
    repo.git("mv", "a.ts", "moved.ts");
    repo.write("moved.ts", "export const moved = true;\none\ntwo\n");
    expect(await send("PostToolUse")).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    expect(await session.letters("c.ts")).toEqual(["A   stop();"]);
    expect(await session.letters("d.ts")).toEqual(["A export const d = 1;"]);
    expect(await session.letters("moved.ts")).toContain("a export const moved = true;");
  });
});
