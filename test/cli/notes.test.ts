import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { makeSshKey } from "../adapters/signing/keys.ts";
import { git, parseOutput, plant, scratch, shipgate } from "./shipgate.ts";

const MAIN = join(import.meta.dirname, "..", "..", "server", "cli", "main.ts");

/** A repository with a signer that the base lists, and one commit on a branch. */
async function makePlace(): Promise<string> {
  const folder = await scratch();
  const root = join(folder, "shop");
  await git(folder, "init", "--quiet", "-b", "main", root);
  const { file, key } = makeSshKey(folder, "ed25519");
  for (const [name, value] of Object.entries({
    "gpg.format": "ssh",
    "user.signingKey": file,
    "user.name": "Ada",
    "user.email": "ada@shop.example",
  })) {
    await git(root, "config", name, value);
  }
  await plant(root, {
    ".shipgate/allowed-signers": `ada@shop.example ${key.type} ${key.blob}\n`,
    "a.txt": "a\n",
  });
  await git(root, "add", "-A");
  await git(root, "commit", "--quiet", "-m", "Base");
  await git(root, "switch", "--quiet", "-c", "feature");
  await plant(root, { "a.txt": "a\nb\n" });
  await git(root, "commit", "--quiet", "-am", "Change");
  return root;
}

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
