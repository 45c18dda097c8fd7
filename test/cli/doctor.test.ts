import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { git, parseOutput, scratch, shipgate } from "./shipgate.ts";

/** An engine's address behind which nothing listens, and a home and a PATH without assistants. */
async function noEngine(): Promise<{ DOCKER_HOST: string; HOME: string; PATH: string }> {
  const home = await scratch();
  const DOCKER_HOST = `unix://${join(home, "no.sock").replaceAll(" ", "")}`;
  return { DOCKER_HOST, HOME: home, PATH: "/usr/bin:/bin" };
}

describe("doctor", () => {
  test("tells what is there, what is missing and how to get it", async () => {
    const root = await scratch();
    await git(root, "init", "--quiet");
    const env = await noEngine();
    const end = await shipgate(["-C", root, "doctor", "--format", "json"], { env });
    expect(end.code).toBe(1);
    const { items } = parseOutput("doctor", end.stdout) as { items: { name: string }[] };
    expect(items.map(({ name }) => name)).toEqual([
      "node",
      "git",
      "repository",
      "journal",
      "engine",
    ]);
    expect(items.at(-1)).toMatchObject({
      status: "missing",
      detail: expect.stringContaining(env.DOCKER_HOST.slice("unix://".length)),
      remedy: expect.stringMatching(/./),
    });
    const text = await shipgate(["-C", root, "doctor"], { env });
    expect(text.stdout).toMatch(/^✓ git/m);
    expect(text.stdout).toMatch(/^✗ engine.*\n {4}→ /m);
  });

  test("goes on outside a repository and without git", async () => {
    const env = await noEngine();
    const outside = await shipgate(["-C", await scratch(), "doctor"], { env });
    expect(outside.stdout).toMatch(/^! repository/m);
    const bare = await shipgate(["doctor"], { env: { ...env, PATH: await scratch() } });
    expect(bare.code).toBe(1);
    expect(bare.stdout).toMatch(/^✗ git.*\n {4}→ /m);
  });
});

describe("sandbox doctor", () => {
  test("exits 3 without an engine", async () => {
    const end = await shipgate(["sandbox", "doctor"], { env: await noEngine() });
    expect(end).toMatchObject({ code: 3, stdout: "" });
    expect(end.stderr).toContain("No container engine answers");
  });
});

describe("image", () => {
  test("list knows the recipes on a machine that has built none", async () => {
    const env = { XDG_STATE_HOME: await scratch(), HOME: await scratch() };
    const end = await shipgate(["image", "list", "--format", "json"], { env });
    expect(end.code).toBe(0);
    const { images } = parseOutput("image-list", end.stdout) as { images: object[] };
    expect(images).toContainEqual(expect.objectContaining({ recipe: "node-24", digest: null }));
  });

  test("build exits 3 without an engine", async () => {
    const end = await shipgate(["image", "build", "node-24"], { env: await noEngine() });
    expect(end).toMatchObject({ code: 3, stdout: "" });
  });
});
