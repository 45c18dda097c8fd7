import { describe, expect, test } from "vitest";

import { parseOutput, scratch, shipgate } from "../cli/shipgate.ts";

describe("sandbox doctor", () => {
  test("proves the protection of a box on this engine", async () => {
    const end = await shipgate(["sandbox", "doctor", "--format", "json"]);
    expect(end).toMatchObject({ code: 0, stderr: "" });
    const { isolation } = parseOutput("sandbox-doctor", end.stdout);
    expect(isolation).toMatchObject({
      level: expect.stringMatching(/container|gvisor|microvm/),
      selfTest: {
        connectionDenied: true,
        writeDenied: true,
        limitsApplied: true,
        unprivileged: true,
      },
    });
  });
});

describe("image", () => {
  test("build refuses a recipe that there is not", async () => {
    const end = await shipgate(["image", "build", "no-such-recipe"], { cwd: await scratch() });
    expect(end).toMatchObject({ code: 3, stdout: "" });
    expect(end.stderr).toContain("node-24");
  });
});

describe("doctor", () => {
  test("is content with a machine that has all", async () => {
    const end = await shipgate(["doctor", "--format", "json"]);
    const { items } = parseOutput("doctor", end.stdout) as {
      items: { name: string; status: string }[];
    };
    expect(items.filter(({ status }) => status !== "good")).toEqual([]);
    expect(items.at(-1)?.name).toBe("sandbox");
    expect(end.code).toBe(0);
  });
});
