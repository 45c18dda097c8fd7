import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { makeSample, mendSample } from "../../scripts/sample.ts";
import type { Review } from "../../server/core/review.ts";
import { ENTRIES, parseOutput, scratch, shipgate } from "./shipgate.ts";

async function check(root: string): Promise<Review> {
  const { stdout } = await shipgate(["-C", root, "check", "--no-run", "--format", "json"]);
  return parseOutput("check", stdout) as unknown as Review;
}

describe.for(ENTRIES)("hook claude-code (%s)", (entry) => {
  test("records a whole session, so that the change names its author and mending it pays", async () => {
    const hook = [
      process.execPath,
      join(import.meta.dirname, "../..", entry),
      "hook",
      "claude-code",
    ];
    const { root, sessionId } = await makeSample(join(await scratch(), "order export"), { hook });
    const before = await check(root);
    expect(before.change.sessions).toEqual([
      expect.objectContaining({ agent: "claude-code", session: sessionId }),
    ]);
    const written = before.change.files.find(({ path }) => path === "src/export.ts");
    expect(written?.lines.map(({ attribution }) => attribution.kind)).toContain("ai");

    await mendSample(root, { hook });
    const after = await check(root);
    expect(after.score.value).toBeGreaterThan(before.score.value);
    const journal = await shipgate(["-C", root, "journal", "verify"], { entry });
    expect(journal).toMatchObject({ code: 0, stderr: "" });
  }, 180_000);

  test.for([
    ["no event", ""],
    ["something that is not JSON", "{nope"],
    ["a list", "[]"],
    ["an event of no kind", '{"session_id":"s"}'],
    ["binary", "\u0000\u0001\uFFFD"],
  ] as const)("does not stop the assistant for %s", async ([, input]) => {
    const end = await shipgate(["hook", "claude-code"], { entry, input, cwd: await scratch() });
    expect([0, 1]).toContain(end.code);
    expect(end.stdout).toBe("");
    expect(end.stderr).not.toMatch(/\n {4}at /);
  });

  test("exits 3 for an assistant that it does not know", async () => {
    const end = await shipgate(["hook", "hal-9000"], { entry, input: "{}" });
    expect(end).toMatchObject({ code: 3, stdout: "" });
    expect(end.stderr).toContain("claude-code");
  });
});
