import { describe, expect, test } from "vitest";

import { ENTRIES, parseOutput, plant, scratch, shipgate } from "./shipgate.ts";

const FILES = {
  "requirements.txt": "flask==3.0.0\n",
  "api/go.mod":
    "module shop.example/api\n\ngo 1.22\n\nrequire (\n\tgithub.com/google/uuid v1.6.0\n)\n",
  "old.txt": "flask==2.0.0\nrequests==2.31.0\n",
  "notes.md": "# Notes\n",
  "broken/Cargo.lock": "[[package]\nname = \n",
};

async function folder(): Promise<string> {
  const dir = await scratch();
  await plant(dir, FILES);
  return dir;
}

describe("deps list", () => {
  test.for(ENTRIES)("lists the packages of several files as purls (%s)", async (entry) => {
    const dir = await folder();
    const args = ["-C", dir, "deps", "list", "requirements.txt", "api/go.mod", "--format", "json"];
    const end = await shipgate(args, { entry });
    expect(end).toMatchObject({ code: 0, stderr: "" });
    const { packages } = parseOutput("deps-list", end.stdout);
    expect(packages).toContainEqual(
      expect.objectContaining({ purl: "pkg:pypi/flask@3.0.0", line: 1, direct: true }),
    );
    expect(packages).toContainEqual(
      expect.objectContaining({ name: "github.com/google/uuid", ecosystem: "golang", line: 6 }),
    );
  });

  test("shows them as text", async () => {
    const { code, stdout } = await shipgate(["deps", "list", "requirements.txt"], {
      cwd: await folder(),
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^pypi {2}flask .*direct/m);
  });

  test.for([
    ["a file that is not there", "missing/requirements.txt", "cannot be read"],
    ["a file of no known kind", "notes.md", "is no manifest or lock file"],
    ["a file that does not parse", "broken/Cargo.lock", "broken/Cargo.lock:"],
    ["a folder", "api", "is no manifest or lock file"],
  ] as const)("exits 3 for %s", async ([, file, message]) => {
    const end = await shipgate(["-C", await folder(), "deps", "list", "requirements.txt", file]);
    expect(end).toMatchObject({ code: 3, stdout: "" });
    expect(end.stderr).toContain(message);
  });
});

describe("deps diff", () => {
  test("tells what came, went and moved; one name says how both are read", async () => {
    const args = ["-C", await folder(), "deps", "diff", "old.txt", "requirements.txt"];
    const text = await shipgate(args);
    expect(text).toMatchObject({ code: 0, stderr: "" });
    expect(text.stdout.split("\n").toSorted()).toEqual([
      "",
      expect.stringContaining("- requests"),
      expect.stringMatching(/^~ flask .* → .*3\.0\.0$/),
    ]);
    const json = await shipgate([...args, "--format", "json"]);
    expect(parseOutput("deps-diff", json.stdout)).toMatchObject({
      added: [],
      removed: [{ name: "requests" }],
      changed: [{ before: { name: "flask" }, after: { name: "flask" } }],
    });
  });

  test("wants two files", async () => {
    const end = await shipgate(["-C", await folder(), "deps", "diff", "requirements.txt"]);
    expect(end).toMatchObject({ code: 3, stdout: "" });
  });
});
