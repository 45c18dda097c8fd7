import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { makeSample } from "../../scripts/sample.ts";
import { connect, type TestClient } from "../lsp/connect.ts";

const root = join(import.meta.dirname, "..", "..");
const BUILT = join(root, "dist", "server.cjs");

/** What the sample's change edits although its policy protects it. */
const PROTECTED = join("src", "payments", "amount.ts");

/** The server as editors start it: from the sources, and as the package has it. */
const SERVERS = {
  "server/main.ts": join(root, "server", "main.ts"),
  "dist/server.cjs": BUILT,
} as const;

let folder = "";
let client: TestClient | null = null;
beforeEach(() => {
  folder = join(realpathSync(mkdtempSync(join(tmpdir(), "lsp-"))), "wörk space");
  mkdirSync(folder);
});
afterEach(async () => {
  await client?.close();
  client = null;
  rmSync(join(folder, ".."), { recursive: true });
});

async function open(entry: string, directory = folder): Promise<TestClient> {
  client = await connect({
    served: { mode: "spawn", command: [process.execPath, entry, "--stdio"] },
    folders: [pathToFileURL(directory).href],
    options: { trusted: false },
  });
  return client;
}

describe.for(Object.entries(SERVERS))("%s --stdio", ([name, entry]) => {
  test.skipIf(!existsSync(entry))(
    existsSync(entry) ? "says that a folder has no git" : `skipped: ${name} is not built`,
    async () => {
      const started = await open(entry);
      expect((await started.status("no-repository")).summary).not.toBe("");
    },
  );

  test.skipIf(!existsSync(entry))("says that a repository has no commits", async () => {
    execFileSync("git", ["-C", folder, "init", "--quiet"]);
    await (await open(entry)).status("no-commits");
  });

  test.skipIf(!existsSync(entry))("judges the sample and ends when it is told to", async () => {
    await makeSample(folder, { hook: null });
    const started = await open(entry);
    const status = await started.status("fail", "unproven", "untrusted");
    const sum = status.deductions.reduce((total, { points }) => total + points, 0);
    expect(100 - sum + status.spared).toBe(status.score);
    const file = pathToFileURL(join(folder, PROTECTED)).href;
    await started.until(() => started.diagnostics.has(file));
    const codes = started.diagnostics.get(file)?.map(({ code }) => code);
    expect(codes).toContain("policy/protected-path");
  });
});

describe("a folder that is opened through a link", () => {
  test("has its diagnostics under the path that was opened", async () => {
    await makeSample(folder, { hook: null });
    const link = join(folder, "..", "link");
    symlinkSync(folder, link);
    const started = await open(SERVERS["server/main.ts"], join(link, "src"));
    const file = pathToFileURL(join(link, PROTECTED)).href;
    await started.until(() => started.diagnostics.has(file));
  });
});
