import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { makeTemporaryFolder, sweepTemporaryFolders } from "../../../scripts/editor/temporary.ts";

describe("sweepTemporaryFolders", () => {
  let parent = "";
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), "sweep-"));
  });
  afterEach(() => rmSync(parent, { recursive: true }));

  test("removes what a gone process left and nothing else", async () => {
    const gone = spawnSync(process.execPath, ["--version"]).pid;
    mkdirSync(join(parent, `shipgate-${gone}-abcdef`));
    const kept = [
      basename(await makeTemporaryFolder(parent)),
      "shipgate-abc-def",
      `other-${gone}-abcdef`,
    ];
    for (const name of kept) mkdirSync(join(parent, name), { recursive: true });
    expect(await sweepTemporaryFolders(parent)).toBe(1);
    expect(readdirSync(parent).sort()).toEqual(kept.sort());
  });
});
