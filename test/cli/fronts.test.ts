import { spawn } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  createMessageConnection,
  type PublishDiagnosticsParams,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver/node";

import type { Finding } from "../../server/core/finding.ts";
import type { Review } from "../../server/core/review.ts";
import { ENTRIES, git, parseOutput, sample, shipgate } from "./shipgate.ts";

const REPOSITORY = join(import.meta.dirname, "../..");

/** What an MCP client is told about the change. */
async function askMcp(entry: string, root: string): Promise<Review> {
  const client = new Client({ name: "test", version: "1.0.0" });
  const args = [join(REPOSITORY, entry), "mcp"];
  const env = { PATH: process.env["PATH"] ?? "" };
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args, cwd: root, env }),
  );
  onTestFinished(() => client.close());
  const result = await client.callTool({ name: "check_change", arguments: {} });
  return result.structuredContent as Review;
}

/** The fingerprints that an editor is told, as soon as there are as many as expected. */
async function askEditor(entry: string, root: string, count: number): Promise<readonly string[]> {
  const child = spawn(process.execPath, [join(REPOSITORY, entry), "lsp", "--stdio"]);
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  const shown = new Map<string, readonly string[]>();
  const all = new Promise<readonly string[]>((done) => {
    connection.onNotification(
      "textDocument/publishDiagnostics",
      ({ uri, diagnostics }: PublishDiagnosticsParams) => {
        const told = diagnostics.map(({ data }) => (data as { fingerprint: string }).fingerprint);
        shown.set(uri, told);
        const list = [...shown.values()].flat();
        if (list.length >= count) done(list);
      },
    );
  });
  connection.onRequest(() => null);
  connection.listen();
  const uri = pathToFileURL(root).href;
  const folders = [{ uri, name: "sample" }];
  await connection.sendRequest("initialize", {
    processId: process.pid,
    rootUri: uri,
    capabilities: {},
    workspaceFolders: folders,
  });
  await connection.sendNotification("initialized", {});
  const list = await all;
  await connection.sendRequest("shutdown");
  await connection.sendNotification("exit");
  connection.dispose();
  return list;
}

/** What an assistant is answered after it wrote a file. */
async function askHook(entry: string, root: string, path: string): Promise<string> {
  const event = {
    session_id: "s",
    cwd: root,
    tool_name: "Write",
    tool_use_id: path,
    tool_input: { file_path: join(root, path), content: await git(root, "show", `:${path}`) },
    tool_response: { originalFile: "" },
  };
  const input = JSON.stringify({ ...event, hook_event_name: "PostToolUse" });
  return (await shipgate(["hook", "claude-code"], { entry, input })).stdout;
}

describe.for(ENTRIES)("one change (%s)", (entry) => {
  test("is judged the same in the shell, before a commit, by MCP, in the editor and for the assistant", async () => {
    const root = await sample();
    await git(root, "add", "-A");
    const check = async (...more: readonly string[]): Promise<Review> => {
      const args = ["-C", root, "check", "--no-run", "--format", "json", ...more];
      const { stdout } = await shipgate(args, { entry });
      return parseOutput("check", stdout) as unknown as Review;
    };
    const said = ({ findings, verdict, score }: Review) =>
      JSON.stringify({ findings, verdict, score });
    const review = await check();
    expect(review.findings.length).toBeGreaterThan(2);
    expect(said(await check("--staged"))).toBe(said(review));
    expect(said(await askMcp(entry, root))).toBe(said(review));

    const prints = ({ fingerprint }: Finding) => fingerprint;
    const shown = await askEditor(entry, root, review.findings.length);
    expect(shown.toSorted()).toEqual(review.findings.map(prints).toSorted());

    const stopped = await shipgate(["-C", root, "git-hooks", "run", "pre-commit"], { entry });
    expect(stopped.code).toBe(review.verdict.status === "fail" ? 1 : 0);
    if (stopped.code === 1) {
      for (const { rule } of review.findings) expect(stopped.stderr).toContain(rule);
    }

    const answer = await askHook(entry, root, "package.json");
    const own = review.findings.filter(({ location }) => location.path === "package.json");
    expect(own.length).toBeGreaterThan(0);
    for (const { rule, message } of own) {
      expect(answer).toContain(rule);
      expect(answer).toContain(JSON.stringify(message).slice(1, -1));
    }
  }, 180_000);
});
