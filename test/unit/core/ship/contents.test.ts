import { describe, expect, test } from "vitest";

import { chooseContents } from "../../../../server/core/ship/contents.ts";
import { readIgnoreFile } from "../../../../server/core/ship/ignore-file.ts";
import { readNodeService } from "../../../../server/core/ship/service.ts";

const entry = (path: string, mode = "100644") => ({ path, mode, blob: "a".repeat(40), size: 1 });

describe("readIgnoreFile", () => {
  test.for([
    ["test", "test", true],
    ["test", "test/a/b.js", true],
    ["test", "src/test/a.js", false],
    ["/test/", "test/a.js", true],
    ["**/test", "src/test/a.js", true],
    ["*.md", "README.md", true],
    ["*.md", "docs/README.md", false],
    ["**/*.md", "docs/README.md", true],
    ["**", "anything/at/all", true],
    ["a/**/z", "a/z", true],
    ["a/**/z", "a/b/c/z", true],
    ["a/**/z", "a/b/c/zz", false],
    ["file.?s", "file.js", true],
    ["file.[jt]s", "file.ts", true],
    ["file.[!jt]s", "file.ts", false],
    ["a\\*b", "a*b", true],
    ["a\\*b", "axb", false],
    ["./src/../lib", "lib/x.js", true],
    ["# test\n\n  \ntest", "test/x", true],
    ["*\n!src", "src/a.js", false],
    ["*\n!src\nsrc/secret", "src/secret/key", true],
    ["src\r\n!src/a.js\r\n", "src/a.js", false],
    ["a.b", "axb", false],
  ] as const)("%j and %s: left out is %s", ([text, path, expected]) => {
    expect(readIgnoreFile(text)?.(path)).toBe(expected);
  });

  test.for(["[a", "x".repeat(2000), "\n".repeat(5000), "*a*b*c*d*e*f*g*h*i*j"])(
    "refuses what cannot be read or would be slow (%#)",
    (text) => {
      expect(readIgnoreFile(text)).toBe(null);
    },
  );

  test("answers at once for a pattern made to be slow", () => {
    const rule = readIgnoreFile("**/a/**/a/**/a/**/a/**/a/**/a/**/b");
    expect(rule?.(`${"a/".repeat(300)}c`)).toBe(false);
  });
});

describe("chooseContents", () => {
  const entries = [
    ".dockerignore",
    ".env",
    ".github/workflows/ci.yml",
    ".gitignore",
    ".npmrc",
    "Dockerfile",
    "README.md",
    "node_modules/evil/index.js",
    "package.json",
    "shipgate.yaml",
    "src/server.js",
    "src/server.test.js",
    "test/server.test.js",
  ].map((path) => entry(path));

  test("leaves tests, documentation and settings out where the repository does not say", () => {
    const chosen = chooseContents(entries, null, ["src/server.js"]);
    expect(chosen).toMatchObject({ by: "default" });
    expect("files" in chosen && chosen.files.map(({ path }) => path)).toEqual([
      "package.json",
      "src/server.js",
    ]);
    expect("files" in chosen && chosen.leftOut).toHaveLength(entries.length - 2);
  });

  test("follows .dockerignore, but never ships secrets, packages and settings of the gate", () => {
    const chosen = chooseContents(entries, "README.md", ["src/server.js"]);
    expect("files" in chosen && chosen.files.map(({ path }) => path)).toEqual([
      "package.json",
      "src/server.js",
      "src/server.test.js",
      "test/server.test.js",
    ]);
    const all = chooseContents(entries, "!.env\n!.npmrc\n!node_modules", []);
    expect("files" in all && all.files.map(({ path }) => path)).not.toContain(".env");
  });

  test.for([
    ["a start script that is left out", entries, "src", ["src/server.js"], /left out/u],
    ["a start script that is not there", entries, null, ["src/other.js"], /not in the commit/u],
    ["a submodule", [entry("lib", "160000")], null, [], /submodule/u],
    ["an unreadable .dockerignore", entries, "[", [], /cannot be read/u],
  ] as const)("refuses %s", ([, files, ignore, needed, message]) => {
    expect(chooseContents(files, ignore, needed)).toMatchObject({
      problem: expect.stringMatching(message),
    });
  });
});

describe("readNodeService", () => {
  const read = (start: string) => readNodeService(JSON.stringify({ scripts: { start } }));

  test.for([
    ["node src/server.js", ["src/server.js"], "src/server.js"],
    ["  node   ./src/server.ts --port 80 ", ["./src/server.ts", "--port", "80"], "src/server.ts"],
    ["node --enable-source-maps src/a.js", ["--enable-source-maps", "src/a.js"], "src/a.js"],
    ["node --import ./b.js src/a.js", ["--import", "./b.js", "src/a.js"], "src/a.js"],
  ] as const)("reads %j", ([start, argv, script]) => {
    expect(read(start)).toMatchObject({ argv, script });
  });

  test.for([
    "npm run build && node a.js",
    "node a.js; rm -rf /",
    "node $FILE",
    "node `id`",
    "node a.js > log",
    "PORT=80 node a.js",
    "bash start.sh",
    "nodemon a.js",
    "node",
    "node -e 1",
    "node --eval 1",
    "node --watch a.js",
    "node --inspect=0.0.0.0 a.js",
    "node /etc/passwd",
    "node ../outside.js",
    "node 'a b.js'",
    "",
  ])("refuses %j", (start) => {
    expect(read(start)).toMatchObject({ problem: expect.stringMatching(/start/u) });
  });

  test("falls back to main, and says when nothing says what to run", () => {
    expect(readNodeService('{"main":"index.js"}')).toMatchObject({ script: "index.js" });
    expect(readNodeService("{}")).toHaveProperty("problem");
    expect(readNodeService("[")).toHaveProperty("problem");
  });
});
