import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { GateError } from "../../server/engine/errors.ts";
import { findInstalls } from "../../server/hooks/installs.ts";
import { objectToInstalls, type PackageSources } from "../../server/hooks/object-to-installs.ts";

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

describe("objectToInstalls", () => {
  const asked: string[] = [];
  const sources: PackageSources = {
    registries: [
      {
        ecosystem: "npm",
        lookUp: async (name) => {
          asked.push(name);
          if (name === "down") {
            throw new GateError("registry-failed", "No answer.", { remedy: "Wait." });
          }
          const source = "https://registry.example/";
          return { exists: !name.startsWith("no-"), source, latest: "1.0.0" };
        },
      },
    ],
    advisories: {
      find: async (purls) =>
        purls.map((purl) => ({
          kind: "advisories",
          purl,
          advisories: [{ id: "MAL-2026-1", isMalicious: purl.includes("evil") }],
        })),
    },
  };
  const options = { time: "2026-11-23T10:00:00.000Z", signal: new AbortController().signal };

  test.for([
    ["npm i no-such-thing", "no-such-thing does not exist in https://registry.example/"],
    ["npm i good evil@2.0.0", "evil 2.0.0 is known to do harm (MAL-2026-1)"],
    ["npm i no-a; npm i no-b", "no-b does not exist"],
  ] as const)("denies %j", async ([command, reason]) => {
    const objection = await objectToInstalls(command, sources, options);
    expect(objection).toMatchObject({ decision: "deny", reason: expect.stringContaining(reason) });
  });

  test.for(["npm i good", "npm i down", "pip install no-registry-here", "ls"])(
    "has nothing against %j",
    async (command) => {
      expect(await objectToInstalls(command, sources, options)).toBe(null);
    },
  );

  test("asks nothing where nothing is installed", async () => {
    asked.length = 0;
    await objectToInstalls("npm test && npm ci", sources, options);
    expect(asked).toEqual([]);
  });
});
