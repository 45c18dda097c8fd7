import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import type { Review } from "../../server/core/review.ts";
import { json, serve } from "../adapters/registries/loopback.ts";
import { makeRepository } from "../adapters/scratch-repository.ts";
import { parseOutput, scratch, shipgate } from "./shipgate.ts";

const manifest = (dependencies: Record<string, string>) =>
  `${JSON.stringify({ name: "shop", version: "1.0.0", dependencies }, null, 2)}\n`;
const OSV = {
  id: "MAL-2026-1",
  summary: "Malicious code in event-strean",
  affected: [{ package: { ecosystem: "npm", name: "event-strean" }, versions: ["1.0.0"] }],
};

/** A repository whose npm asks a registry on loopback that knows all but one package. */
async function makeShop() {
  const home = await scratch();
  const server = await serve((path, response) => {
    const name = decodeURIComponent(path.slice(1));
    if (name === "csv-strngify") return response.writeHead(404).end("{}");
    const time = { "1.0.0": "2020-01-01T00:00:00.000Z" };
    return json(response, {
      name,
      "dist-tags": { latest: "1.0.0" },
      time,
      versions: { "1.0.0": {} },
    });
  });
  await mkdir(join(home, "osv"));
  await writeFile(join(home, "osv", "1.json"), JSON.stringify(OSV));
  const repository = makeRepository();
  repository.write("package.json", manifest({}));
  repository.commitAll("base");
  const env = {
    HOME: home,
    XDG_CACHE_HOME: join(home, "cache"),
    npm_config_registry: server.url,
    SHIPGATE_OSV: join(home, "osv"),
  };
  return { ...repository, server, env };
}

describe("facts in the command line", () => {
  test("an install of a package that does not exist, or does harm, is stopped before it runs", async () => {
    const { root, write, commitAll, env, server } = await makeShop();
    const before = async (command: string, more: NodeJS.ProcessEnv = {}) => {
      const event = {
        session_id: "s_1",
        cwd: root,
        hook_event_name: "PreToolUse",
        tool_name: "Bash",
        tool_use_id: "t_1",
        tool_input: { command },
      };
      const input = JSON.stringify(event);
      return shipgate(["hook", "claude-code"], { cwd: root, env: { ...env, ...more }, input });
    };
    const reasonOf = ({ stdout }: { readonly stdout: string }) => {
      const { hookSpecificOutput } = JSON.parse(stdout) as {
        hookSpecificOutput: { permissionDecision: string; permissionDecisionReason: string };
      };
      expect(hookSpecificOutput.permissionDecision).toBe("deny");
      return hookSpecificOutput.permissionDecisionReason;
    };
    const none = await before("cd . && npm install --save-dev csv-strngify");
    expect(reasonOf(none)).toContain("csv-strngify does not exist in");
    const harm = await before("npm i left-pad event-strean@1.0.0");
    expect(reasonOf(harm)).toContain("event-strean 1.0.0 is known to do harm (MAL-2026-1)");
    for (const command of ["npm i left-pad", "npm test", "npm ci", "echo npm i csv-strngify2"]) {
      expect(await before(command)).toMatchObject({ code: 0, stdout: "" });
    }
    // A registry that does not answer stops nobody; the change is judged all the same.
    const down = { npm_config_registry: "http://127.0.0.1:9/", XDG_CACHE_HOME: root };
    expect(await before("npm i csv-strngify", down)).toMatchObject({ code: 0, stdout: "" });
    // The project's registry counts as the base has it, and not as the change would have it.
    write(".npmrc", `registry=${server.url}\n`);
    commitAll("Our registry");
    write(".npmrc", "registry=http://127.0.0.1:9/\n");
    const other = await before("npm i csv-strngify", { npm_config_registry: undefined });
    expect(reasonOf(other)).toContain("csv-strngify does not exist in");
  });

  test("the hook names a made-up package's likely real name, and a malicious one, at once", async () => {
    const { root, write, env } = await makeShop();
    const content = manifest({ "csv-strngify": "^1.0.0", "event-strean": "1.0.0" });
    const event = (name: string) =>
      JSON.stringify({
        session_id: "s_1",
        cwd: root,
        hook_event_name: name,
        tool_name: "Write",
        tool_use_id: "t_1",
        tool_input: { file_path: join(root, "package.json"), content },
      });
    await shipgate(["hook", "claude-code"], { cwd: root, env, input: event("PreToolUse") });
    write("package.json", content);
    const end = await shipgate(["hook", "claude-code"], {
      cwd: root,
      env,
      input: event("PostToolUse"),
    });
    const answer = JSON.parse(end.stdout) as { decision: string; reason: string };
    expect(answer.decision).toBe("block");
    expect(answer.reason).toContain(
      "csv-strngify does not exist in the configured registry; did you mean csv-stringify?",
    );
    expect(answer.reason).toContain("event-strean@1.0.0 is known to be malicious: MAL-2026-1");
  });

  test("check asks the configured registry; --offline asks nobody and says what is missing", async () => {
    const { root, write, env, server } = await makeShop();
    write("package.json", manifest({ zod: "^1.0.0" }));
    const judge = async (...args: string[]) => {
      const { stdout } = await shipgate(
        ["-C", root, "check", "--no-run", "--format", "json", ...args],
        { env },
      );
      return parseOutput("check", stdout) as unknown as Review;
    };
    const offline = await judge("--offline");
    expect(server.requests).toEqual([]);
    expect(offline.facts).toEqual([
      expect.objectContaining({
        kind: "unavailable",
        reason: expect.stringContaining("--offline"),
      }),
    ]);
    expect(offline.findings.map(({ rule }) => rule)).toContain("dependency/facts-missing");
    const online = await judge();
    expect(online.facts).toContainEqual(
      expect.objectContaining({ kind: "package", source: server.url, version: "1.0.0" }),
    );
    expect(online.findings.map(({ rule }) => rule)).not.toContain("dependency/facts-missing");
    const asked = server.requests.length;
    expect((await judge("--offline")).facts).toContainEqual(
      expect.objectContaining({ kind: "package", exists: true }),
    );
    expect(server.requests).toHaveLength(asked);
  });
});
