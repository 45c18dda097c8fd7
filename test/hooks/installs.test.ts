import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { findInstalls } from "../../server/hooks/installs.ts";

describe("findInstalls", () => {
  test.for([
    ["npm install csv-strngify", ["npm csv-strngify"]],
    ["npm i -D @scope/name@1.2.3 'left-pad@^1'", ["npm @scope/name 1.2.3", "npm left-pad"]],
    ["cd app && sudo npm --prefix x install a; yarn add b|cat", ["npm a", "npm b"]],
    ["CI=1 pnpm add --filter web c@2.0.0 -w d", ["npm c 2.0.0"]],
    ["bun add e", ["npm e"]],
    ["npx -y create-x@latest --flag f", ["npm create-x"]],
    [
      "pip install 'requests[socks]==2.1.0' flask>=2 -r req.txt",
      ["pypi requests 2.1.0", "pypi flask"],
    ],
    ["python3 -m pip install --index-url https://x.example/ g", ["pypi g"]],
    ["uv pip install h && uv add i && poetry add j@1.0.0", ["pypi h", "pypi i", "pypi j"]],
    ["cargo add serde@1.0.200 --features derive", ["cargo serde 1.0.200"]],
    ["go get example.com/mod/v2@v2.1.0 ./...", ["golang example.com/mod/v2 v2.1.0"]],
  ] as const)("reads %j", ([command, expected]) => {
    const found = findInstalls(command).map(({ ecosystem, name, version }) =>
      [ecosystem, name, version].filter((part) => part !== null).join(" "),
    );
    expect(found).toEqual(expected);
  });

  test.for([
    "npm install",
    "npm ci",
    "npm run install-all x",
    "npm install ./local ../up /abs file:x https://x.example/a.tgz git+ssh://x.example/a github:a/b",
    "npm install $NAME `name` a*b",
    "echo 'npm install x'",
    "git commit -m 'pip install y'",
    "pip install -r requirements.txt -e .",
    "cat package.json",
    "",
  ])("finds nothing in %j", (command) => {
    expect(findInstalls(command)).toEqual([]);
  });

  test("whatever is typed, it ends and gives names only", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `npm i ${text}`),
        ),
        (command) => {
          for (const { name } of findInstalls(command)) expect(name).toMatch(/^\S+$/u);
        },
      ),
      { numRuns: 2_000 },
    );
    expect(findInstalls(`npm i ${"a ".repeat(100_000)}`)).toHaveLength(50);
    expect(findInstalls("'".repeat(200_001))).toEqual([]);
  });
});
