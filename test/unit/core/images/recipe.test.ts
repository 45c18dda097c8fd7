import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";
import { parse } from "yaml";

import {
  accountsOf,
  chainRecipes,
  packagesOf,
  Recipe,
  topOf,
} from "../../../../server/core/images/recipe.ts";

const folder = join(import.meta.dirname, "../../../../server/images");
const names = readdirSync(folder).map((name) => name.replace(".yaml", ""));
const own = new Map(
  names.map((name) => [
    name,
    Recipe.parse(parse(readFileSync(join(folder, `${name}.yaml`), "utf8"))),
  ]),
);

const minimal = {
  name: "Test",
  image: "test",
  variant: "runtime",
  platforms: ["linux/amd64"],
  contents: { packages: ["libc6"] },
  accounts: {
    "run-as": "box",
    users: [{ name: "box", uid: 65_532, gid: 65_532 }],
    groups: [{ name: "box", gid: 65_532 }],
  },
  "work-dir": "/",
  "size-limit": 10,
};

function recipesWith(...entries: readonly [string, object][]): Map<string, Recipe> {
  return new Map(entries.map(([name, fields]) => [name, Recipe.parse({ ...minimal, ...fields })]));
}

describe("Recipe", () => {
  test.for([
    ["an unknown field", { shell: true }],
    ["a setuid mode", { paths: [{ type: "directory", path: "/x", mode: "4755" }] }],
    ["a path that leaves the root", { paths: [{ type: "directory", path: "/x/../../y" }] }],
    ["a relative path", { paths: [{ type: "directory", path: "x" }] }],
    ["a package name that is an option", { contents: { packages: ["--allow-unauthenticated"] } }],
    ["a package name with a shell's characters", { contents: { packages: ["a;reboot"] } }],
    [
      "an artifact that is a URL",
      {
        contents: {
          packages: ["libc6"],
          artifacts: [{ name: "https://x", version: "1", outputs: [] }],
        },
      },
    ],
    [
      "an artifact's file from outside its package",
      {
        contents: {
          packages: ["libc6"],
          artifacts: [{ name: "npm", version: "1", outputs: [{ source: "../x", target: "/x" }] }],
        },
      },
    ],
    ["a user that does not exist", { accounts: { ...minimal.accounts, "run-as": "root" } }],
    ["an os-release value that could end its line", { "os-release": { name: 'x"\nID=evil' } }],
  ])("refuses %s", ([, fields]) => {
    expect(Recipe.safeParse({ ...minimal, ...(fields as object) }).success).toBe(false);
  });

  test("takes what is left out from its defaults", () => {
    expect(Recipe.parse(minimal)).toMatchObject({ environment: {}, paths: [], cmd: [] });
  });
});

describe("the recipes that Shipgate brings", () => {
  test.for(names)(
    "%s is whole, runs as 65532 and sets no mode that others may write with",
    (name) => {
      const chain = chainRecipes(name, own);
      const { "run-as": runAs, users } = accountsOf(chain);
      expect(users.find((user) => user.name === runAs)).toMatchObject({ uid: 65_532, gid: 65_532 });
      for (const path of chain.steps.flatMap(({ recipe }) => recipe.paths))
        if (path.type !== "symlink" && path.path !== "/tmp")
          expect(path.mode).toMatch(/^0[0-7]{2}[0145]$/);
    },
  );

  test("the dev image has strace root-owned and unreadable", () => {
    expect(own.get("node-24-dev")?.paths).toContainEqual({
      type: "file",
      path: "/usr/bin/strace",
      mode: "0711",
    });
  });
});

describe("chainRecipes", () => {
  test("gives the lowest layer first", () => {
    const recipes = recipesWith(["a", {}], ["b", { from: "a", accounts: undefined }]);
    const chain = chainRecipes("b", recipes);
    expect(chain.steps.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(topOf(chain).from).toBe("a");
    expect(accountsOf(chain)["run-as"]).toBe("box");
  });

  test("refuses a name that does not exist, a loop and a chain without accounts", () => {
    expect(() => chainRecipes("x", new Map())).toThrow('There is no recipe "x".');
    const loop = recipesWith(["a", { from: "b" }], ["b", { from: "a" }]);
    expect(() => chainRecipes("a", loop)).toThrow("stands on itself");
    expect(() => chainRecipes("a", recipesWith(["a", { accounts: undefined }]))).toThrow(
      "no accounts",
    );
  });
});

describe("packagesOf", () => {
  test("lets a later recipe ask for what an earlier one leaves out", () => {
    const recipes = recipesWith(
      ["a", { contents: { packages: ["!mawk", "!perl", "libc6"] } }],
      ["b", { from: "a", contents: { packages: ["mawk"] } }],
    );
    expect(packagesOf(chainRecipes("b", recipes).steps)).toEqual({
      wanted: ["libc6", "mawk"],
      excluded: ["perl"],
    });
  });
});
