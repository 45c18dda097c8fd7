import { readFileSync } from "node:fs";

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { parseYamlLocated } from "../../../../server/ecosystems/located.ts";
import { parseLockYaml } from "../../../../server/ecosystems/npm/lock-yaml.ts";
import { npm } from "../../../../server/ecosystems/npm/npm.ts";

/** Recorded by the package managers themselves, from one and the same manifests. */
const RECORDED = [
  "yarn1/yarn.lock",
  "berry/yarn.lock",
  "pnpm5/pnpm-lock.yaml",
  "pnpm7/pnpm-lock.yaml",
  "pnpm8/pnpm-lock.yaml",
  "pnpm9/pnpm-lock.yaml",
  "bun/bun.lock",
];
const textOf = (file: string) =>
  readFileSync(new URL(`../../../fixtures/ecosystems/npm/${file}`, import.meta.url), "utf8");
const INTEGRITY =
  "sha512-CQpnWPrDwmP1+SMHXZhtLtJv90yiyVfluGsX5iNCVkrhQtU3TQHsUWPG9wkdk9Lgd5yNpAg9jQEo90CBaXgWMA==";

describe("recorded lock files", () => {
  test.for(RECORDED)("%s: what was installed, with names, lines and hashes", (file) => {
    const text = textOf(file);
    const { packages, mistakes } = npm.readLockfile(file, text);
    expect(mistakes).toEqual([]);
    expect(packages.map(({ name, version }) => `${name}@${version}`).toSorted()).toEqual([
      "@types/node@20.11.30",
      "debug@4.4.3",
      "is-number@6.0.0",
      "is-odd@3.0.1",
      "kind-of@6.0.3",
      "left-pad@1.3.0",
      "lru-cache@6.0.0",
      "ms@2.0.0",
      "ms@2.1.3",
      "semver@7.6.0",
      "undici-types@5.26.5",
      "yallist@4.0.0",
    ]);
    const lines = text.split("\n");
    for (const { name, line, source, integrity } of packages) {
      expect(lines[line - 1]).toContain(name);
      expect(source).toBe("registry");
      expect(integrity).toMatch(/^(?:sha512-|10c0\/)/);
    }
    const odd = packages.find(({ name }) => name === "is-odd");
    expect(odd).toMatchObject({ direct: true, purl: "pkg:npm/is-odd@3.0.1" });
    if (file !== "berry/yarn.lock") expect(odd?.integrity).toBe(INTEGRITY);
    const debug = packages.find(({ name }) => name === "debug");
    expect(debug).toMatchObject({ alias: "debug-alias", direct: true });
    expect(packages.find(({ name }) => name === "yallist")?.direct).toBe(false);
    const isTold = !file.includes("yarn");
    expect(packages.find(({ name }) => name === "semver")?.dev).toBe(isTold);
  });
});

describe("places that are no registry", () => {
  test.for([
    [
      "yarn.lock",
      '# yarn lockfile v1\n\n\nleft@https://x.example/left.tgz:\n  version "1.0.0"\n  resolved "https://me:pw@x.example/left.tgz#abc"\n',
      "https://x.example/left.tgz",
    ],
    [
      "yarn.lock",
      '# yarn lockfile v1\n\n\nleft@^1.0.0:\n  version "1.0.0"\n  resolved "https://evil.example/left.tgz"\n',
      "https://evil.example/left.tgz",
    ],
    [
      "yarn.lock",
      '__metadata:\n  version: 8\n\n"left@https://x.example/l.git#commit=abc":\n  version: 1.0.0\n  resolution: "left@https://x.example/l.git#commit=abc"\n',
      "https://x.example/l.git#commit=abc",
    ],
    [
      "pnpm-lock.yaml",
      "lockfileVersion: '9.0'\n\npackages:\n\n  left@https://codeload.example/x/left/tar.gz/abc:\n    resolution: {tarball: https://codeload.example/x/left/tar.gz/abc}\n    name: left\n    version: 1.0.0\n",
      "https://codeload.example/x/left/tar.gz/abc",
    ],
    [
      "pnpm-lock.yaml",
      "lockfileVersion: '9.0'\n\npackages:\n\n  left@1.0.0:\n    resolution: {integrity: sha512-aaa, tarball: https://evil.example/left.tgz}\n",
      "https://evil.example/left.tgz",
    ],
    [
      "bun.lock",
      '{ "lockfileVersion": 1, "packages": { "left": ["left@git+https://x.example/left.git#abc", {}, "x"] } }',
      "git+https://x.example/left.git#abc",
    ],
  ] as const)("%s names them (%#)", ([path, text, source]) => {
    const { packages, mistakes } = npm.readLockfile(path, text);
    expect(mistakes).toEqual([]);
    expect(packages).toMatchObject([{ name: "left", source }]);
  });
});

describe("what cannot be read is told", () => {
  test.for([
    ["yarn.lock", "", "not a lock file of yarn"],
    [
      "yarn.lock",
      "# yarn lockfile v1\n\nleft@1:\n  version 1.0.0\n  <<: *x\n",
      "not one that yarn writes",
    ],
    [
      "yarn.lock",
      '# yarn lockfile v1\n\nleft@1:\n  version "1.0.0"\n  version "2.0.0"\n',
      "given twice",
    ],
    [
      "yarn.lock",
      '# yarn lockfile v1\n\nleft@1, right@1:\n  version "1.0.0"\n',
      "several packages",
    ],
    [
      "yarn.lock",
      '__metadata:\n  version: 8\n\n"left@npm:1":\n  version: 1.0.0\n',
      "what it stands for",
    ],
    ["pnpm-lock.yaml", "", "not a pnpm lock file"],
    ["pnpm-lock.yaml", "lockfileVersion: '99.0'\n", "not a pnpm lock file"],
    [
      "pnpm-lock.yaml",
      "lockfileVersion: '9.0'\npackages:\n  a@1.0.0: {}\n  a@1.0.0: {}\n",
      "could not be read",
    ],
    ["bun.lock", "{}", "not a lock file of bun"],
    ["bun.lock", '{ "lockfileVersion": 1, "packages": { "a": [] } }', "does not name"],
    ["bun.lockb", "#!/usr/bin/env bun", "keep bun.lock"],
  ] as const)("%s (%#)", ([path, text, message]) => {
    expect(npm.readLockfile(path, text).mistakes[0]?.message).toContain(message);
  });
});

describe("parseLockYaml", () => {
  test.for(RECORDED.filter((file) => file.includes("pnpm") || file.includes("berry")))(
    "reads %s as the general parser does",
    (file) => {
      expect(valuesOf(parseLockYaml(textOf(file)))).toEqual(
        valuesOf(parseYamlLocated(textOf(file))),
      );
    },
  );

  test("agrees with the general parser on any mutation, or fails as it does", () => {
    const lists =
      "    cpu: [x64, arm64]\n    os: ['!win32']\n    transitivePeerDependencies:\n      - supports-color\n      - '@types/node'\n    peers:\n    - left\n    hasBin: true\n";
    const text = textOf("pnpm9/pnpm-lock.yaml")
      .slice(0, 1600)
      .replace(/(?<=engines: .*\n)/u, lists);
    expect(text).toContain("left");
    const edit = fc.record({
      at: fc.nat({ max: text.length }),
      remove: fc.nat({ max: 12 }),
      insert: fc.oneof(
        fc.string({ maxLength: 4 }),
        fc.constantFrom(
          "\n",
          "  ",
          "'",
          '"',
          ": ",
          "#",
          " #",
          "{",
          "}",
          "&a ",
          "*a",
          "!x ",
          "- ",
          "|",
          ">-",
          "? ",
          "\t",
          "~",
          "null",
          "0x1",
          "1e3",
          "yes",
          "<<: ",
        ),
      ),
    });
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 4 }), (edits) => {
        let changed = text;
        for (const { at, remove, insert } of edits) {
          changed = changed.slice(0, at) + insert + changed.slice(at + remove);
        }
        expect(outcome(() => parseLockYaml(changed))).toEqual(
          outcome(() => parseYamlLocated(changed)),
        );
      }),
      { numRuns: 600 },
    );
  });
});

type Node = ReturnType<typeof parseLockYaml>;

function valuesOf({ entries, items, value }: Node): unknown {
  if (entries !== undefined)
    return Object.fromEntries([...entries].map(([key, child]) => [key, valuesOf(child)]));
  return items === undefined ? (value ?? null) : items.map(valuesOf);
}

function outcome(parse: () => Node): unknown {
  try {
    return valuesOf(parse());
  } catch {
    return "mistake";
  }
}
