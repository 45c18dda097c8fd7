import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { describe, expect, test } from "vitest";

import {
  imitatedName,
  meantName,
  namesToCompare,
} from "../../../../server/core/checks/lookalike.ts";

const REPOSITORY = dirname(dirname(dirname(dirname(import.meta.dirname))));
const npm = namesToCompare("npm", []);

describe("imitatedName", () => {
  test.for([
    ["expresss", "express"],
    ["lodahs", "lodash"],
    ["reactdom", "react-dom"],
    ["cross_env", "cross-env"],
    ["types-node", "@types/node"],
    ["1odash", "lodash"],
    ["cornmander", "commander"],
    ["mongose", "mongoose"],
  ] as const)("%s imitates %s", ([name, other]) => {
    expect(imitatedName(name, npm)).toBe(other);
  });

  test.for([
    "lodash",
    "preact",
    "vuex",
    "redux",
    "pg",
    "ws",
    "@types/lodash-es",
    "mysql3",
    "@babel/corejs",
  ])("%s imitates nothing", (name) => {
    expect(imitatedName(name, npm)).toBeNull();
  });
});

describe("meantName", () => {
  test("finds what a made-up name stands for, and nothing for one that is far from all", () => {
    expect(meantName("csv-strngfy", npm)).toBe("csv-stringify");
    expect(meantName("shipgate-orders-export", npm)).toBeNull();
  });
});

describe("false alarms", () => {
  test("stay under 2 % of the names in the manifests that this repository has installed", () => {
    const folder = join(REPOSITORY, "node_modules");
    const manifests = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name === "package.json")
      .map((entry) => namesIn(join(entry.parentPath, entry.name)))
      .filter((names) => names.length > 0);
    const alarms = manifests.flatMap((names) => {
      const known = namesToCompare("npm", names);
      return names.filter(
        (name) =>
          imitatedName(name, new Set([...known].filter((each) => each !== name))) !== null &&
          !npm.has(name),
      );
    });
    const count = manifests.reduce((sum, names) => sum + names.length, 0);
    expect(count).toBeGreaterThan(1000);
    expect(alarms.length / count, alarms.join(", ")).toBeLessThan(0.02);
  });
});

function namesIn(file: string): readonly string[] {
  const sections = ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"];
  try {
    const manifest = JSON.parse(readFileSync(file, "utf8")) as Record<string, object | undefined>;
    return [...new Set(sections.flatMap((section) => Object.keys(manifest[section] ?? {})))];
  } catch {
    return [];
  }
}
