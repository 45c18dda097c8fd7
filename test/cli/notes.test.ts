import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { git, parseOutput, shipgate } from "./shipgate.ts";
import { makePlace } from "./signed-repository.ts";

const MAIN = join(import.meta.dirname, "..", "..", "server", "cli", "main.ts");

describe("notes", () => {
  test("are written with git's SSH key, shown, and follow an amended commit through git's hook", async () => {
    const root = await makePlace();
    const wrote = await shipgate(["-C", root, "notes", "write", "--format", "json"]);
    expect(wrote).toMatchObject({ code: 0 });
    expect(parseOutput("notes-write", wrote.stdout)).toMatchObject({
      written: [{ lines: { added: 1 }, status: "unproven" }],
    });
    const hook = join(root, ".git", "hooks", "post-rewrite");
    const command = [process.execPath, MAIN, "notes", "carry", "--stdin"];
    await writeFile(hook, `#!/bin/sh\nexec ${command.map((it) => `'${it}'`).join(" ")}\n`);
    await chmod(hook, 0o755);
    await git(root, "commit", "--quiet", "--amend", "-m", "Amended");
    const shown = await shipgate(["-C", root, "notes", "show", "--format", "json"]);
    expect(shown.code).toBe(0);
    expect(parseOutput("notes-show", shown.stdout)).toMatchObject({
      commit: await git(root, "rev-parse", "HEAD"),
      statements: [
        { kind: "verification", state: "holds", by: "ada@shop.example" },
        { kind: "attribution", state: "holds", by: "ada@shop.example" },
      ],
    });
  });

  test("nothing is written where there is no note to carry", async () => {
    const root = await makePlace();
    const pair = `${await git(root, "rev-parse", "main")} ${await git(root, "rev-parse", "HEAD")}\n`;
    const end = await shipgate(["-C", root, "notes", "carry", "--stdin"], { input: pair });
    expect(end).toMatchObject({ code: 0, stdout: expect.stringContaining("Nothing was written") });
    expect(await git(root, "for-each-ref", "refs/notes")).toBe("");
  });

  test.for([
    [["notes", "carry"], ""],
    [["notes", "carry", "HEAD"], ""],
    [["notes", "carry", "--stdin", "HEAD", "main"], ""],
    [["notes", "carry", "--stdin"], "--evil HEAD\n"],
    [["notes", "write", "--", "x"], ""],
    [["notes", "write", "no-such-commit"], ""],
    [["notes", "show", "--output=/etc/passwd"], ""],
  ] as const)("%j with the input %j exits 3", async ([args, input]) => {
    const root = await makePlace();
    const end = await shipgate(["-C", root, ...args], { input });
    expect(end).toMatchObject({ code: 3, stdout: "" });
  });

  test("a commit without a note says so", async () => {
    const root = await makePlace();
    const end = await shipgate(["-C", root, "notes", "show"]);
    expect(end).toMatchObject({ code: 0, stdout: expect.stringContaining("has no note") });
  });
});
