import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { ENTRIES, git, parseOutput, scratch, shipgate } from "./shipgate.ts";

async function makeHome() {
  const home = await scratch();
  await mkdir(join(home, ".claude"));
  const env = { HOME: home, USERPROFILE: home, PATH: process.env["PATH"], XDG_STATE_HOME: "" };
  const cleared = { CLAUDE_CONFIG_DIR: "", CODEX_HOME: "" };
  return { home, file: join(home, ".claude/settings.json"), env: { ...env, ...cleared } };
}

describe.for(ENTRIES)("connect (%s)", (entry) => {
  test("shows, writes on consent, is heard, and is undone", async () => {
    const { home, file, env } = await makeHome();
    const shown = await shipgate(["connect", "claude-code", "--dry-run"], { entry, env });
    expect(shown.code).toBe(0);
    expect(shown.stdout).toContain('+        "matcher": "Write|Edit|MultiEdit|NotebookEdit|Bash"');
    const unasked = await shipgate(["connect", "claude-code"], { entry, env });
    expect(unasked).toMatchObject({ code: 3, stdout: expect.stringContaining("--yes") });
    expect(existsSync(file)).toBe(false);

    const done = await shipgate(["connect", "claude-code", "--yes"], { entry, env });
    expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining("connected") });
    const settings = JSON.parse(readFileSync(file, "utf8")) as {
      hooks: Record<string, { hooks: { command: string }[] }[]>;
    };
    const command = settings.hooks["SessionStart"]?.[0]?.hooks[0]?.command ?? "";
    expect(command).toContain(process.execPath);

    // The command works as the assistant calls it: through the shell, anywhere.
    const root = join(home, "repository");
    await mkdir(root);
    await git(root, "init", "-q");
    const event = { hook_event_name: "SessionStart", session_id: "s", cwd: root, model: "m" };
    execFileSync("sh", ["-c", command], { input: JSON.stringify(event), cwd: "/" });
    const verified = await shipgate(["-C", root, "journal", "verify"], { entry, env });
    expect(verified.stdout).toContain("1 record");
    const doctor = await shipgate(["-C", root, "doctor", "--format", "json"], {
      entry,
      env: { ...env, DOCKER_HOST: "unix:///nowhere/docker.sock" },
    });
    const { items } = parseOutput("doctor", doctor.stdout) as { items: { name: string }[] };
    expect(items.find(({ name }) => name === "claude-code")).toMatchObject({
      status: "good",
      detail: expect.stringMatching(/^connected, last heard here 20\d\d-/u),
    });

    const gone = await shipgate(["connect", "--remove", "--yes"], { entry, env });
    expect(gone).toMatchObject({ code: 0, stdout: expect.stringContaining("disconnected") });
    expect(existsSync(file)).toBe(false);
  });

  test("refuses names that it does not know, and projects without a name", async () => {
    const { env } = await makeHome();
    const unknown = await shipgate(["connect", "hal-9000"], { entry, env });
    expect(unknown).toMatchObject({ code: 3, stdout: "" });
    const root = await scratch();
    await git(root, "init", "-q");
    const project = await shipgate(["-C", root, "connect", "--project"], { entry, env });
    expect(project.stderr).toContain("claude-code --project");
  });
});
