import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { describe, expect, onTestFinished, test } from "vitest";

import type { Review } from "../../server/core/review.ts";
import type { TrustState } from "../../server/protocol.ts";
import { connect, type TestClient } from "../lsp/connect.ts";
import { ENTRIES, git, parseOutput, plant, sample, scratch, shipgate } from "./shipgate.ts";

/** As it is shipped, where it was built; `check.test.ts` and others have both. */
const entry = ENTRIES.at(-1) ?? "server/cli/main.ts";
const SERVER = join(
  import.meta.dirname,
  "../..",
  entry.startsWith("dist") ? "dist/server.cjs" : "server/main.ts",
);

interface Place {
  readonly dir: string;
  readonly env?: NodeJS.ProcessEnv;
}

interface Trouble {
  readonly name: string;
  readonly prepare: () => Promise<Place>;
  readonly says: RegExp;
  readonly advises: RegExp;
  readonly state: TrustState;
}

/** What makes judging impossible: one sentence and what to do next, on every front. */
const TROUBLES: readonly Trouble[] = [
  {
    name: "a folder without a repository",
    prepare: async () => ({ dir: await scratch() }),
    says: /shipgate cli ñ 日本 \w+` is not in a git repository\./u,
    advises: /Open a folder of a repository, or run `git init` in it\./u,
    state: "no-repository",
  },
  {
    name: "a bare repository",
    prepare: async () => {
      const dir = await scratch();
      await git(dir, "init", "--quiet", "--bare");
      return { dir };
    },
    says: /is a repository without a working tree\./u,
    advises: /a clone or a linked worktree/u,
    state: "no-repository",
  },
  {
    name: "a repository without commits",
    prepare: async () => {
      const dir = await scratch();
      await git(dir, "init", "--quiet");
      await plant(dir, { "a.txt": "one\n" });
      return { dir };
    },
    says: /The repository has no commit yet\./u,
    advises: /Make a first commit/u,
    state: "no-commits",
  },
  {
    name: "a machine without git",
    prepare: async () => ({ dir: await sample(), env: { PATH: await scratch() } }),
    says: /The program `git` was not found on the PATH\./u,
    advises: /Install git \(https:\/\/git-scm\.com\/downloads\)/u,
    state: "error",
  },
  {
    name: "a journal that somebody rewrote",
    prepare: async () => {
      const dir = await sample();
      await plant(dir, { ".git/shipgate/journal/entries.jsonl": '{"schemaVersion":1}\n' });
      return { dir };
    },
    says: /The journal was changed after it was written: line 1 is not an entry\./u,
    advises: /Look at line 1 of .*entries\.jsonl/u,
    state: "error",
  },
];

async function serve({ dir, env = {} }: Place): Promise<TestClient> {
  const command = [process.execPath, SERVER, "--stdio"] as const;
  const client = await connect({
    served: { mode: "spawn", command, env },
    folders: [pathToFileURL(dir).href],
  });
  onTestFinished(() => client.close());
  return client;
}

describe.for(TROUBLES)("$name", ({ prepare, says, advises, state }) => {
  test.for(["check", "score", "run"])("stops `%s` with a clear message", async (command) => {
    const { dir, env = {} } = await prepare();
    const end = await shipgate(["-C", dir, command, "--format", "json"], { entry, env });
    expect(end).toMatchObject({ code: 3, stdout: "" });
    const [message = "", remedy = ""] = end.stderr.split("\n  → ");
    expect(message).toMatch(says);
    expect(remedy).toMatch(advises);
    expect(end.stderr).not.toMatch(/mistake in Shipgate|\n {4}at /u);
  });

  test("shows the same in the editor", async () => {
    const client = await serve(await prepare());
    const status = await client.status(state);
    expect(status).toMatchObject({ score: null, deductions: [] });
    expect(status.summary).toMatch(says);
    expect(status.remedy).toMatch(advises);
    expect(client.diagnostics.size).toBe(0);
  });
});

describe("a policy that is not YAML", () => {
  const BROKEN = "version: 1\nprotected-paths: {{\n";

  test("at the merge base is judged by the strictest reading, and says so at its line", async () => {
    const dir = await scratch();
    await git(dir, "init", "--quiet", "--initial-branch=main");
    await plant(dir, { "shipgate.yaml": BROKEN });
    await git(dir, "add", ".");
    await git(dir, "commit", "--quiet", "--message", "Break the policy");
    await git(dir, "switch", "--quiet", "--create", "feature");
    await plant(dir, { "b.txt": "two\n" });
    const end = await shipgate(["-C", dir, "check", "--no-run", "--format", "json"], { entry });
    expect(end.code).not.toBe(0);
    const { findings, policy } = parseOutput("check", end.stdout) as unknown as Review;
    expect(policy.problems.length).toBeGreaterThan(0);
    expect(findings).toContainEqual(
      expect.objectContaining({
        rule: "policy/invalid",
        message: expect.stringMatching(
          /^The policy of the merge base has a mistake, so the strict preset holds: /u,
        ),
        location: expect.objectContaining({ path: "shipgate.yaml" }),
      }),
    );
  });

  test("in the working tree is a squiggle in it, and the base's policy goes on judging", async () => {
    const dir = await sample();
    await plant(dir, { "shipgate.yaml": BROKEN });
    const client = await serve({ dir });
    const file = pathToFileURL(join(dir, "shipgate.yaml")).href;
    await client.until(() => client.diagnostics.has(file));
    const codes = client.diagnostics.get(file)?.map(({ code }) => code);
    expect(codes).toEqual(expect.arrayContaining(["policy/invalid", "policy/policy-changed"]));
    const guarded = pathToFileURL(join(dir, "src/payments/amount.ts")).href;
    await client.until(() => client.diagnostics.has(guarded));
    expect(client.diagnostics.get(guarded)?.map(({ code }) => code)).toContain(
      "policy/protected-path",
    );
  });
});

describe("an event that is not what an assistant sends", () => {
  test.for([
    ["nothing", "", /What came on stdin is not one JSON event\./u],
    ["half an event", '{"session_id":"s","hook_event_name":"PostToo', /is not one JSON event\./u],
    [
      "more than 4 MiB",
      `"${"x".repeat(5 * 1024 * 1024)}"`,
      /larger than 4 MiB and was not read\./u,
    ],
    ["no object", "[]", /event/u],
    [
      "an edit without a file",
      '{"session_id":"s","hook_event_name":"PostToolUse","tool_name":"Edit"}',
      /event/u,
    ],
  ] as const)(
    "%s is refused in one line, and the journal stays as it was",
    async ([, input, says]) => {
      const dir = await sample();
      const end = await shipgate(["hook", "claude-code"], { entry, cwd: dir, input });
      expect(end).toMatchObject({ code: 1, stdout: "" });
      expect(end.stderr).toMatch(says);
      expect(end.stderr.trimEnd().split("\n")).toHaveLength(1);
      const journal = await shipgate(["-C", dir, "journal", "verify", "--format", "json"], {
        entry,
      });
      expect(parseOutput("journal-verify", journal.stdout)).toMatchObject({
        whole: true,
        entries: 0,
      });
    },
  );
});

describe("the editor", () => {
  test("judges a linked worktree on a detached HEAD, under a path with spaces and other letters", async () => {
    const root = await sample();
    const dir = join(await scratch(), "linked wörktree 木");
    await git(root, "worktree", "add", "--quiet", "--detach", dir, "main");
    await plant(dir, { "src/payments/nëw file.ts": "export const x = 1;\n" });
    const client = await serve({ dir });
    const file = pathToFileURL(join(dir, "src/payments/nëw file.ts")).href;
    await client.until(() => client.diagnostics.has(file));
    expect(client.diagnostics.get(file)?.map(({ code }) => code)).toContain(
      "policy/protected-path",
    );
    const status = await client.status("fail");
    expect(status.branch).toBe(null);
    expect(status.score).toBeLessThan(100);
  });

  test("says that no engine answers where one is missing, and judges all the same", async () => {
    const dir = await scratch();
    await git(dir, "init", "--quiet", "--initial-branch=main");
    await plant(dir, { "a.txt": "one\n" });
    await git(dir, "add", ".");
    await git(dir, "commit", "--quiet", "--message", "Begin");
    await git(dir, "switch", "--quiet", "--create", "feature");
    await plant(dir, { "b.txt": "two\n" });
    const socket = join(await scratch(), "no.sock").replaceAll(" ", "");
    const client = await serve({ dir, env: { DOCKER_HOST: `unix://${socket}` } });
    const status = await client.status("no-engine");
    expect(status.summary).toMatch(/No container engine answers/u);
    expect(status.remedy).toMatch(/DOCKER_HOST/u);
    expect(status.score).not.toBe(null);
  });
});
