import { readFileSync } from "node:fs";

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  type InstallPlan,
  planInstall,
  type Platform,
} from "../../../../server/core/install/plan.ts";

const LINUX: Platform = { os: "linux", cpu: "x64", libc: "glibc" };
const HASH = `sha512-${"A".repeat(86)}==`;
const ASKS = JSON.stringify({ dependencies: { a: "^1.0.0" } });

const sample = (name: string): string =>
  readFileSync(new URL(`../../../sample/service/${name}`, import.meta.url), "utf8");
const lockOf = (packages: Record<string, unknown>): string =>
  JSON.stringify({ lockfileVersion: 3, packages: { "": {}, ...packages } });
const entry = (extra: Record<string, unknown> = {}) => ({
  version: "1.0.0",
  integrity: HASH,
  ...extra,
});

function plan(packages: Record<string, unknown>, platform = LINUX): InstallPlan {
  const planned = planInstall(ASKS, lockOf(packages), platform);
  if (planned === null || "problem" in planned) throw new Error(JSON.stringify(planned));
  return planned;
}

function problem(packages: Record<string, unknown>): string {
  const planned = planInstall(ASKS, lockOf(packages), LINUX);
  return planned !== null && "problem" in planned ? planned.problem : "";
}

describe("planInstall", () => {
  test("leaves out of production what only development needs", () => {
    const packages = {
      "node_modules/a": entry(),
      "node_modules/b": entry({ dev: true }),
      "node_modules/c": entry({ devOptional: true }),
      "node_modules/d": { dev: true, resolved: "git+ssh://git@host.example/d.git" },
    };
    const planned = planInstall(ASKS, lockOf(packages), LINUX, "production");
    expect(planned).toMatchObject({ packages: [{ name: "a" }, { name: "c" }] });
    expect(planInstall(ASKS, lockOf(packages), LINUX)).toHaveProperty("problem");
  });

  test("asks for no lock file where production needs no packages", () => {
    const manifest = JSON.stringify({ devDependencies: { a: "1" } });
    expect(planInstall(manifest, null, LINUX, "production")).toBe(null);
    expect(planInstall(manifest, null, LINUX)).toHaveProperty("problem");
  });

  test("plans the sample: every package at its place, and what starts from .bin", () => {
    const planned = planInstall(sample("package.json"), sample("package-lock.json"), LINUX);
    expect(planned).toMatchObject({
      packages: [
        { path: "debug", name: "debug" },
        { path: "ms", name: "ms" },
        { path: "nanoid", name: "nanoid" },
      ],
      links: [{ path: ".bin/nanoid", to: "../nanoid/bin/nanoid.js" }],
      scripts: [],
    });
  });

  test("a tree that asks for nothing has no layer", () => {
    expect(planInstall("{}", null, LINUX)).toBeNull();
    expect(planInstall("{}", lockOf({}), LINUX)).toBeNull();
  });

  test("dependencies without a lock file are refused with what to do", () => {
    expect(planInstall(ASKS, null, LINUX)).toMatchObject({
      problem: expect.stringContaining("no package-lock.json") as string,
      remedy: expect.stringContaining("npm install") as string,
    });
  });

  test("knows nested, scoped and renamed packages, and who has an install script", () => {
    const planned = plan({
      "node_modules/@scope/a": entry({ hasInstallScript: true }),
      "node_modules/@scope/a/node_modules/b": entry({ bin: { b: "./cli.js" } }),
      "node_modules/alias": entry({ name: "real" }),
    });
    expect(planned.packages.map(({ path, name }) => `${path} ${name}`)).toEqual([
      "@scope/a @scope/a",
      "@scope/a/node_modules/b b",
      "alias real",
    ]);
    expect(planned.links).toEqual([{ path: "@scope/a/node_modules/.bin/b", to: "../b/cli.js" }]);
    expect(planned.scripts).toEqual(["@scope/a"]);
  });

  test("links workspaces, from scoped names too", () => {
    const packages = {
      "packages/one": { version: "1.0.0" },
      "node_modules/one": { link: true, resolved: "packages/one" },
      "node_modules/@scope/two": { link: true, resolved: "packages/two" },
    };
    expect(plan(packages).links).toEqual([
      { path: "@scope/two", to: "../../packages/two" },
      { path: "one", to: "../packages/one" },
    ]);
  });

  test("leaves out what is bundled, or optional and for another platform", () => {
    const packages = {
      "node_modules/a": entry(),
      "node_modules/a/node_modules/b": { inBundle: true },
      "node_modules/mac": entry({ optional: true, os: ["darwin"] }),
      "node_modules/arm": entry({ optional: true, cpu: ["arm64"] }),
      "node_modules/musl": entry({ optional: true, libc: ["musl"] }),
      "node_modules/here": entry({ optional: true, os: ["linux"], cpu: ["x64", "arm64"] }),
      "node_modules/not-windows": entry({ optional: true, os: ["!win32"] }),
    };
    expect(plan(packages).packages.map(({ name }) => name)).toEqual(["a", "here", "not-windows"]);
  });

  test("takes the strongest hash where there are several", () => {
    const packages = { "node_modules/a": entry({ integrity: `sha1-abc= ${HASH}` }) };
    expect(plan(packages).packages[0]?.integrity).toBe(HASH);
  });
});

describe("planInstall on a hostile lock file", () => {
  test.for([
    ["a path out of node_modules", { "node_modules/../../etc": entry() }],
    ["a path in a folder of its own making", { "node_modules/a/b/c": entry() }],
    ["a hidden folder", { "node_modules/.bin": entry() }],
    ["a path with a backslash", { "node_modules/a\\b": entry() }],
    ["a path with an empty part", { "node_modules/a/node_modules/": entry() }],
    ["a workspace's own node_modules", { "packages/a/node_modules/b": entry() }],
    ["no integrity", { "node_modules/a": { version: "1.0.0" } }],
    [
      "a weak hash alone",
      { "node_modules/a": entry({ integrity: "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=" }) },
    ],
    [
      "a hash that is a path",
      { "node_modules/a": entry({ integrity: `sha512-${"../".repeat(28)}..==` }) },
    ],
    [
      "a git source",
      { "node_modules/a": entry({ resolved: "git+ssh://git@registry.example/a.git#1" }) },
    ],
    ["a file source", { "node_modules/a": entry({ resolved: "file:a.tgz" }) }],
    ["a name that is an option", { "node_modules/a": entry({ name: "--registry=x" }) }],
    ["a name that is a URL", { "node_modules/a": entry({ name: "http://registry.example/a" }) }],
    ["a version that is a range", { "node_modules/a": entry({ version: "^1.0.0" }) }],
    ["a version that is a source", { "node_modules/a": entry({ version: "file:../a" }) }],
    ["a link out of the repository", { "node_modules/a": { link: true, resolved: "../../etc" } }],
    ["an absolute link", { "node_modules/a": { link: true, resolved: "/etc" } }],
    ["a link into node_modules", { "node_modules/a": { link: true, resolved: "node_modules/b" } }],
  ] as const)("refuses %s", ([, packages]) => {
    expect(problem(packages)).not.toBe("");
  });

  test.for([
    ["out of the package", "../../evil.js"],
    ["to nothing", "./"],
    ["with a NUL", "a\0b"],
  ])("makes no program of a bin that leads %s", ([, target]) => {
    expect(plan({ "node_modules/a": entry({ bin: { a: target } }) }).links).toEqual([]);
  });

  test("keeps a bin's name inside .bin", () => {
    const bin = { "../../x": "x.js", "..": "x.js", "a/b": "x.js", ".hidden": "x.js" };
    expect(plan({ "node_modules/a": entry({ bin }) }).links.map(({ path }) => path)).toEqual([
      ".bin/x",
      ".bin/b",
    ]);
  });

  test.for(["", "[]", "null", '{"lockfileVersion":1,"packages":{}}', '{"lockfileVersion":3}'])(
    "refuses %s as a lock file",
    (text) => {
      expect(planInstall(ASKS, text, LINUX)).toHaveProperty("problem");
    },
  );

  test("never throws, and never plans a place outside node_modules", () => {
    const part = fc.constantFrom("node_modules", "..", "a", "@s", ".bin", "", "\\", "b.c", "é");
    const key = fc.array(part, { maxLength: 6 }).map((parts) => parts.join("/"));
    const value = fc.record(
      {
        name: fc.oneof(fc.string(), key),
        version: fc.constantFrom("1.0.0", "1.0.0-x", "x"),
        integrity: fc.constantFrom(HASH, "", "x"),
        link: fc.boolean(),
        resolved: fc.oneof(key, fc.string()),
        bin: fc.dictionary(key, key),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.dictionary(key, value, { maxKeys: 4 }), (packages) => {
        const planned = planInstall(ASKS, lockOf(packages), LINUX);
        if (planned === null || "problem" in planned) return;
        for (const { path } of [...planned.packages, ...planned.links]) {
          expect(path).not.toMatch(/(?:^|\/)\.\.(?:\/|$)|^\/|\\/);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
