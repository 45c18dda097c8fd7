import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import {
  defaultTarballDir,
  fetchTarballs,
  tarballPath,
  verifyTarball,
} from "../../../server/adapters/docker/tarballs.ts";
import type { PlannedPackage } from "../../../server/core/install/plan.ts";
import {
  type LoopbackRegistry,
  makePackage,
  type MadePackage,
  packageOf,
  startRegistry,
} from "./loopback-registry.ts";

const silent = (): void => undefined;
const never = new AbortController().signal;
const planned = ({ name, version, integrity }: MadePackage): PlannedPackage => ({
  path: name,
  name,
  version,
  integrity,
});

let folder: string;
let cacheDir: string;
let registry: LoopbackRegistry;
let one: MadePackage;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "shipgate tärballs "));
  cacheDir = join(folder, "cache");
  one = await makePackage("one", "1.0.0", { "index.js": "1" });
  registry = await startRegistry([one, await makePackage("@scope/two", "2.0.0-rc.1", {})]);
  vi.stubEnv("npm_config_registry", registry.url);
  vi.stubEnv("npm_config_userconfig", join(folder, "npmrc"));
  return async () => {
    await registry.close();
    await rm(folder, { recursive: true, force: true });
  };
});
afterEach(() => vi.unstubAllEnvs());

describe("fetchTarballs", () => {
  test("fetches from the user's configured registry, and only once", async () => {
    await fetchTarballs([planned(one)], cacheDir, silent, never);
    expect(await readFile(await verifyTarball(cacheDir, planned(one)))).toEqual(one.tarball);
    const asked = registry.requests.length;
    expect(asked).toBeGreaterThan(0);
    await registry.close();
    await fetchTarballs([planned(one)], cacheDir, silent, never);
    expect(registry.requests).toHaveLength(asked);
  });

  test("uses the user's credentials for the registry", async () => {
    const place = registry.url.replace("http:", "");
    await writeFile(join(folder, "npmrc"), `${place}:_authToken=s3cret\n`);
    await fetchTarballs([planned(one)], cacheDir, silent, never);
    expect(registry.requests.map(({ authorization }) => authorization)).toContain("Bearer s3cret");
  });

  test("refuses a package that is not the one that the lock file pins", async () => {
    const other = packageOf("one", "1.0.0", Buffer.from("another"));
    await expect(fetchTarballs([planned(other)], cacheDir, silent, never)).rejects.toMatchObject({
      code: "registry-failed",
      message: expect.stringContaining("not the one that package-lock.json pins") as string,
    });
  });

  test("says which package does not exist", async () => {
    const ghost = packageOf("ghost", "1.0.0", Buffer.from("x"));
    await expect(fetchTarballs([planned(ghost)], cacheDir, silent, never)).rejects.toMatchObject({
      code: "registry-failed",
      message: expect.stringContaining("ghost") as string,
    });
  });

  test("says that it was cancelled when it was", async () => {
    const controller = new AbortController();
    controller.abort();
    await expect(
      fetchTarballs([planned(one)], cacheDir, silent, controller.signal),
    ).rejects.toMatchObject({ code: "cancelled" });
  });
});

describe("verifyTarball", () => {
  test("finds out and removes what was changed in the cache", async () => {
    await fetchTarballs([planned(one)], cacheDir, silent, never);
    await rm(tarballPath(cacheDir, planned(one)), { force: true });
    await writeFile(tarballPath(cacheDir, planned(one)), "poison");
    await expect(verifyTarball(cacheDir, planned(one))).rejects.toMatchObject({
      code: "registry-failed",
    });
    await expect(readFile(tarballPath(cacheDir, planned(one)))).rejects.toThrow("ENOENT");
    await fetchTarballs([planned(one)], cacheDir, silent, never);
    await expect(verifyTarball(cacheDir, planned(one))).resolves.toContain("content-v2");
  });
});

describe("defaultTarballDir", () => {
  test("follows XDG_CACHE_HOME, if it is absolute", () => {
    expect(defaultTarballDir({ XDG_CACHE_HOME: "/x" })).toBe("/x/shipgate/tarballs");
    expect(defaultTarballDir({ XDG_CACHE_HOME: "x" })).toMatch(/\.cache\/shipgate\/tarballs$/);
  });
});
