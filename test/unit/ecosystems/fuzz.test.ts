import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { Ecosystem, Packages } from "../../../server/ecosystems/ecosystem.ts";
import { ECOSYSTEMS } from "../../../server/ecosystems/ecosystems.ts";

const FIXTURES = new URL("../../fixtures/ecosystems/", import.meta.url);

interface Sample {
  readonly ecosystem: Ecosystem;
  readonly path: string;
  readonly text: string;
}

function samples(): readonly Sample[] {
  const found: Sample[] = [];
  for (const ecosystem of ECOSYSTEMS) {
    const folder = new URL(`${ecosystem.name}/`, FIXTURES);
    const files = readdirSync(folder, { recursive: true, encoding: "utf8", withFileTypes: true });
    for (const entry of files.filter((each) => each.isFile())) {
      const file = relative(fileURLToPath(folder), join(entry.parentPath, entry.name));
      const path = file === "workflow.yml" ? ".github/workflows/ci.yml" : file;
      found.push({ ecosystem, path, text: readFileSync(new URL(file, folder), "utf8") });
    }
  }
  return found;
}

function readAny({ ecosystem, path }: Sample, text: string): Packages {
  return ecosystem.isLockfile(path)
    ? ecosystem.readLockfile(path, text)
    : ecosystem.readManifest(path, text);
}

function expectSound({ packages, mistakes }: Packages, text: string): void {
  const lines = text.split("\n").length;
  for (const { line, purl, name } of packages) {
    expect(line).toBeGreaterThanOrEqual(1);
    expect(line).toBeLessThanOrEqual(lines);
    expect(name).not.toBe("");
    expect(purl).toMatch(/^pkg:/);
  }
  for (const { line } of mistakes) expect(line).toBeGreaterThanOrEqual(1);
}

describe("readers on hostile input", () => {
  test.for(samples())("$ecosystem.name reads any mutation of $path without a throw", (sample) => {
    const mutation = fc.array(
      fc.record({
        at: fc.nat({ max: sample.text.length }),
        remove: fc.nat({ max: 40 }),
        insert: fc.oneof(
          fc.string({ unit: "binary", maxLength: 8 }),
          fc.constantFrom('"', "'", "[", "{", "\n", "=", ":", "&a ", "*a", "${", "../", "\u202e"),
        ),
      }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(mutation, (edits) => {
        let text = sample.text;
        for (const { at, remove, insert } of edits) {
          text = text.slice(0, at) + insert + text.slice(at + remove);
        }
        expectSound(readAny(sample, text), text);
      }),
      { numRuns: 120 },
    );
  });

  test.for(samples())("$ecosystem.name takes bounded work on floods in $path", (sample) => {
    for (const piece of ["[", "{", "(", " ", "\t", '"', "a:", "- ", "<a>", "&a ", "# ", "\\\n"]) {
      const text = piece.repeat(30_000);
      expectSound(readAny(sample, text), text);
      sample.ecosystem.readImports(sample.path, text);
    }
  });

  test("a YAML alias bomb is a mistake, not a hang", () => {
    const bomb = ["a", "b", "c", "d", "e", "f", "g", "h", "i"].map((name, index, all) =>
      index === 0
        ? `${name}: &${name} [1,1,1,1,1,1,1,1,1]`
        : `${name}: &${name} [${Array.from({ length: 9 }, () => `*${all[index - 1]}`).join(",")}]`,
    );
    const github = ECOSYSTEMS.find(({ name }) => name === "github");
    const read = github?.readManifest(".github/workflows/ci.yml", `${bomb.join("\n")}\n`);
    expect(read?.packages).toEqual([]);
    expect(read?.mistakes).toHaveLength(1);
  });
});
