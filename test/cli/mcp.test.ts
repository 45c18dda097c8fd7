import { join } from "node:path";

import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { describe, expect, onTestFinished, test } from "vitest";

import { ENTRIES, parseOutput, sample, scratch, shipgate } from "./shipgate.ts";

const REPOSITORY = join(import.meta.dirname, "../..");

/** A real client that started the server as an editor would. */
async function connect(entry: string, cwd: string): Promise<Client> {
  const client = new Client({ name: "test", version: "1.0.0" });
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [join(REPOSITORY, entry), "mcp"],
      cwd,
      env: { PATH: process.env["PATH"] ?? "", DOCKER_HOST: "unix:///nowhere/docker.sock" },
      stderr: "pipe",
    }),
  );
  onTestFinished(() => client.close());
  return client;
}

/** What a change is but for the moments at which it was read and a fact was asked for in vain. */
function withoutTimes(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, inner: unknown) => {
      if (key === "startedAt") return null;
      const isVain = (inner as { kind?: unknown } | null)?.kind === "unavailable";
      return isVain ? { ...(inner as object), time: null } : inner;
    }),
  );
}

function textOf(result: { readonly content: readonly unknown[] }): string {
  return (result.content as { readonly text?: string }[]).map(({ text }) => text).join("\n");
}

const HOSTILE: readonly (readonly [tool: string, input: Record<string, unknown>])[] = [
  ["check_change", { base: "--output=/tmp/x" }],
  ["check_change", { base: "main\u0000x" }],
  ["check_change", { head: "a".repeat(600) }],
  ["check_change", { staged: "yes" }],
  ["check_change", { directory: "/etc" }],
  ["check_change", { head: "HEAD", staged: true }],
  ["trust_score", { base: ["main"] }],
  ["run_in_sandbox", { command: [] }],
  ["run_in_sandbox", { command: "node --version" }],
  ["explain_finding", {}],
  ["explain_finding", { finding: "__proto__" }],
  ["explain_finding", { finding: `sha256:${"0".repeat(64)}` }],
  ["explain_finding", { finding: "\u001b[31mred" }],
];

describe.for(ENTRIES)("mcp (%s)", (entry) => {
  test("answers what the command line prints, to the last byte of it", async () => {
    const root = await sample();
    const client = await connect(entry, root);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([
      "check_change",
      "run_in_sandbox",
      "trust_score",
      "explain_finding",
    ]);
    const checked = await client.callTool({ name: "check_change", arguments: {} });
    const printed = await shipgate(["-C", root, "check", "--no-run", "--format", "json"], {
      entry,
    });
    const output = parseOutput("check", printed.stdout);
    expect(checked.isError).not.toBe(true);
    expect(withoutTimes(checked.structuredContent)).toEqual(withoutTimes(output));
    expect(textOf(checked)).toContain("package.json");

    const scored = await client.callTool({ name: "trust_score", arguments: {} });
    const score = await shipgate(["-C", root, "score", "--format", "json"], { entry });
    expect(scored.structuredContent).toEqual(parseOutput("score", score.stdout));

    const [finding] = output["findings"] as { rule: string; fingerprint: string }[];
    for (const named of [finding?.rule, finding?.fingerprint]) {
      const explained = await client.callTool({
        name: "explain_finding",
        arguments: { finding: named },
      });
      const page = await shipgate(["explain", finding?.rule ?? "", "--format", "json"], { entry });
      expect(explained.structuredContent).toEqual(JSON.parse(page.stdout));
    }
  }, 120_000);

  test("a run that cannot be is an error with its remedy, told in steps until then", async () => {
    const client = await connect(entry, await sample());
    const steps: string[] = [];
    const result = await client.callTool(
      { name: "run_in_sandbox", arguments: { command: ["node", "--version"] } },
      { onprogress: ({ message }) => steps.push(message ?? ""), timeout: 60_000 },
    );
    expect(result.isError).toBe(true);
    expect(textOf(result)).toContain("/nowhere/docker.sock");
    expect(result.structuredContent).toBeUndefined();
  }, 120_000);

  test("a call that was cancelled ends, and the server goes on", async () => {
    const client = await connect(entry, await sample());
    const stop = new AbortController();
    const call = client.callTool({ name: "check_change", arguments: {} }, { signal: stop.signal });
    stop.abort("enough");
    await expect(call).rejects.toThrow(/enough/u);
    const page = { name: "explain_finding", arguments: { finding: "dependency/added" } };
    expect((await client.callTool(page)).isError).not.toBe(true);
  }, 120_000);

  test.for(HOSTILE)(
    "%s with %j is refused in words that are safe to show",
    { timeout: 60_000 },
    async ([name, args]) => {
      const client = await connect(entry, await sample());
      const result = await client.callTool({ name, arguments: args });
      expect(result.isError).toBe(true);
      expect(textOf(result)).toMatch(/\S/u);
      expect(textOf(result)).not.toMatch(/[^\P{Cc}\n]/u);
    },
  );

  test("outside a repository the tools say so, and rubbish on the wire does not end the server", async () => {
    const client = await connect(entry, await scratch());
    const result = await client.callTool({ name: "check_change", arguments: {} });
    expect(textOf(result)).toContain("not in a git repository");
    const end = await shipgate(["mcp"], { entry, input: '{nope\n[]\n"x"\n\u0000\n' });
    expect(end).toMatchObject({ code: 0 });
    expect(end.stderr).not.toMatch(/\n {4}at /u);
  }, 60_000);
});
