import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { describe, expect, test } from "vitest";

import { generatedFiles, staleFiles } from "../../scripts/generate.ts";
import { COMMANDS } from "../../server/cli/commands/table.ts";
import { RULES } from "../../server/core/rules.ts";

const REPOSITORY = dirname(dirname(import.meta.dirname));

describe("npm run generate", () => {
  test("has been run since its sources changed", async () => {
    const stale = await staleFiles(REPOSITORY);
    expect(stale, "run `npm run generate` and commit what it changes").toEqual([]);
  });

  test("notices files that are missing", async () => {
    const empty = await mkdtemp(join(tmpdir(), "shipgate-generated-"));
    await mkdir(join(empty, "docs/rules"), { recursive: true });
    await mkdir(join(empty, "docs/schemas"), { recursive: true });
    expect(await staleFiles(empty)).toEqual([...(await generatedFiles()).keys()].toSorted());
    await rm(empty, { recursive: true });
  });

  test("makes a page for every rule and a section for every command", async () => {
    const files = await generatedFiles();
    const index = files.get("docs/rules/README.md");
    const manual = files.get("docs/cli.md");
    for (const rule of Object.keys(RULES)) {
      expect(files.get(`docs/rules/${rule}.md`)).toContain(`\`${rule}\``);
      expect(index).toContain(`(${rule}.md)`);
    }
    for (const { name } of COMMANDS) expect(manual).toContain(`## shipgate ${name}\n`);
  });
});
