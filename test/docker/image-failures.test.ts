import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import Docker from "dockerode";
import { describe, expect, test, vi } from "vitest";

import { buildImage, listImages } from "../../server/adapters/images/build.ts";
import { engineOrSkip, hasApt, makeBench } from "./image-bench.ts";

const engine = await engineOrSkip();
const canBuild = engine !== null && (await hasApt());

describe.skipIf(!canBuild)("an image that cannot be built", () => {
  const docker = engine ?? new Docker();

  test("a build that is cancelled leaves nothing half-written, and the next one is whole", async () => {
    const other = await makeBench(docker);
    try {
      for (const moment of ["Reading", "Downloading", "Making"]) {
        const controller = new AbortController();
        const building = buildImage("node-24", {
          ...other.options,
          signal: controller.signal,
          progress: (message) =>
            message.startsWith(moment) && setImmediate(() => controller.abort()),
        });
        await expect(building).rejects.toMatchObject({ code: "cancelled" });
        const left = await readdir(other.options.cacheDir, { recursive: true });
        expect(left.filter((name) => name.endsWith(".tmp") || name === "lock")).toEqual([]);
        expect(await listImages(other.options.stateDir)).toEqual([]);
      }
      const whole = await buildImage("node-24", other.options);
      expect(whole.audit.clean).toBe(true);
      expect(await listImages(other.options.stateDir)).toEqual([whole]);
    } finally {
      await other.remove();
    }
  });

  test("no mirror answers: says so, and what to check", async () => {
    const other = await makeBench(docker);
    // Port 9 of this machine: nobody is there.
    vi.stubEnv("http_proxy", "http://127.0.0.1:9");
    vi.stubEnv("https_proxy", "http://127.0.0.1:9");
    try {
      await expect(buildImage("node-24", other.options)).rejects.toMatchObject({
        code: "registry-failed",
        message: expect.stringContaining("No mirror of the packages answered") as string,
        remedy: expect.stringContaining("apt-get update") as string,
      });
    } finally {
      vi.unstubAllEnvs();
      await other.remove();
    }
  });

  test("neither apt nor an image with it: says so, and what to do", async () => {
    const other = await makeBench(docker);
    try {
      const aptImage = "registry.example/none:1";
      const building = buildImage("node-24", {
        ...other.options,
        aptSource: "container",
        aptImage,
      });
      await expect(building).rejects.toMatchObject({
        code: "image-failed",
        message: expect.stringContaining(`${aptImage} could not be pulled`) as string,
        remedy: expect.stringContaining("aptImage") as string,
      });
    } finally {
      await other.remove();
    }
  });

  test("a recipe that does not exist: names those that do", async () => {
    const bench = await makeBench(docker);
    await expect(buildImage("node-99", bench.options).finally(bench.remove)).rejects.toMatchObject({
      code: "bad-usage",
      remedy: "Use one of: keeper, node-24, node-24-dev.",
    });
  });

  test("no engine: says so before anything is fetched", async () => {
    const nobody = new Docker({ socketPath: join(tmpdir(), "shipgate-nobody.sock") });
    const bench = await makeBench(nobody);
    await expect(buildImage("node-24", bench.options).finally(bench.remove)).rejects.toMatchObject({
      code: "no-engine",
    });
  });
});
