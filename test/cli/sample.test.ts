import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { makeSample, makeSampleBase, mendSample, SAMPLE_BRANCH } from "../../scripts/sample.ts";

const run = promisify(execFile);
let scratch = "";

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "shipgate sämple "));
});

afterAll(async () => {
  await rm(scratch, { recursive: true, force: true });
});

async function git(root: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run("git", ["-C", root, ...args]);
  return stdout.trimEnd();
}

describe("makeSample", () => {
  test("gives the same commit on every machine, whoever runs it", async () => {
    const root = await makeSampleBase(join(scratch, "base"));
    expect(await git(root, "rev-parse", "main")).toBe("ec3d4bfb5d6cb3c33f10f3fe5c029d5149c00900");
    expect(await git(root, "status", "--porcelain")).toBe("");
  });

  test("leaves the assistant's change uncommitted on a branch of its own", async () => {
    const { root } = await makeSample(join(scratch, "change"), { hook: null });
    expect(await git(root, "branch", "--show-current")).toBe(SAMPLE_BRANCH);
    expect((await git(root, "diff", "--name-only")).split("\n")).toEqual([
      "package-lock.json",
      "package.json",
      "src/export.ts",
      "src/payments/amount.ts",
      "src/server.ts",
      "test/export.test.ts",
    ]);
  });

  test("sends each recorded event to the hook, with this machine's paths and after the write", async () => {
    const recorder = join(scratch, "recorder.mjs");
    const seen = join(scratch, "seen.jsonl");
    await writeFile(
      recorder,
      `import { appendFileSync, readFileSync } from "node:fs";
       const event = JSON.parse(readFileSync(0, "utf8"));
       const file = event.tool_input?.file_path;
       const content = file && readFileSync(file, "utf8");
       appendFileSync(process.argv[2], JSON.stringify({ event, content }) + "\\n");`,
    );
    const hook = [process.execPath, recorder, seen];
    const { root, sessionId } = await makeSample(join(scratch, "hooked"), { hook });

    const text = await readFile(seen, "utf8");
    const lines = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(text).not.toContain("{{");
    expect(lines[0].event).toMatchObject({ hook_event_name: "SessionStart", cwd: root });
    expect(lines.at(-1).event.hook_event_name).toBe("Stop");
    expect(new Set(lines.map(({ event }) => event.session_id))).toEqual(new Set([sessionId]));
    for (const { event, content } of lines) {
      if (event.tool_name !== "Edit") continue;
      const { old_string: old, new_string: next } = event.tool_input;
      expect(content).toContain(event.hook_event_name === "PreToolUse" ? old : next);
    }
  });

  test("refuses a folder that already holds something", async () => {
    await expect(makeSample(scratch, { hook: null })).rejects.toThrow("not empty");
  });

  test("says what a hook that breaks has printed", async () => {
    const hook = [process.execPath, "-e", "console.error('no journal'); process.exitCode = 3"];
    await expect(makeSample(join(scratch, "broken"), { hook })).rejects.toThrow("no journal");
  });
});

describe("mendSample", () => {
  test("takes back all that the gate finds and keeps the feature", async () => {
    const { root } = await makeSample(join(scratch, "mended"), { hook: null });
    await mendSample(root, { hook: null });
    expect((await git(root, "diff", "--name-only")).split("\n")).toEqual([
      "package-lock.json",
      "package.json",
      "src/export.ts",
      "src/server.ts",
      "test/export.test.ts",
    ]);
    const diff = await git(root, "diff");
    expect(diff).toContain("csv-stringify");
    expect(diff).not.toMatch(/198\.51\.100\.7|postinstall|placedAt"|from "ms"/);
  });
});
