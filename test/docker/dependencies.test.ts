import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type Docker from "dockerode";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";

import { createDependencyLayer } from "../../server/adapters/docker/dependencies.ts";
import { connectEngine, type Engine } from "../../server/adapters/docker/engine.ts";
import { findImage } from "../../server/adapters/docker/find-image.ts";
import { makerLabels, OWNER } from "../../server/adapters/docker/labels.ts";
import { sweepEngine } from "../../server/adapters/docker/sweep.ts";
import { addressOf, type Digest } from "../../server/core/digest.ts";
import type { Repository } from "../../server/engine/ports.ts";
import {
  lockFileOf,
  type LoopbackRegistry,
  makePackage,
  type MadePackage,
  startRegistry,
} from "../adapters/docker/loopback-registry.ts";

const silent = (): void => undefined;
const never = new AbortController().signal;
const ASKS = JSON.stringify({ dependencies: { one: "1" } });

let engine: Engine;
let image: Digest;
let registry: LoopbackRegistry;
let folder: string;
let one: MadePackage;
let two: MadePackage;
const made = new Set<string>();

beforeAll(async () => {
  engine = await connectEngine();
  image = await findImage(engine, "node-24", silent, never);
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "shipgate-dependencies-"));
  // The time makes each test's packages its own, so that no layer of an earlier test is found.
  const own = `${process.pid}-${performance.now()}`;
  one = await makePackage("one", "1.0.0", {
    "index.js": `module.exports = "${own}";`,
    "cli.js": "#!/usr/bin/env node\nconsole.log(1);",
  });
  two = await makePackage("two", "1.0.0", { "index.js": `module.exports = "${own}";` });
  registry = await startRegistry([one, two]);
  vi.stubEnv("npm_config_registry", registry.url);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await registry.close();
  await rm(folder, { recursive: true, force: true });
});
afterAll(async () => {
  for (const name of made) await engine.docker.getVolume(name).remove().catch(silent);
});

/** A repository that holds just these files. */
function holding(files: Readonly<Record<string, string>>): Repository {
  return {
    findInTree: async (_tree: string, paths: readonly string[]) =>
      paths
        .filter((path) => files[path] !== undefined)
        .map((path) => ({ path, mode: "100644", blob: path, size: 1 })),
    readTexts: async (blobs: Iterable<string>) =>
      new Map([...blobs].map((blob) => [blob, files[blob] ?? ""])),
  } as unknown as Repository;
}

async function prepare(repository: Repository, options = {}, signal = never): Promise<Digest> {
  const layers = createDependencyLayer({ cacheDir: join(folder, "cache"), ...options });
  const key = await layers.prepare(engine, repository, "tree", image, silent, signal);
  if (key === null) throw new Error("There is no layer.");
  const { volume } = layers.mountOf(key);
  made.add(volume).add(`${volume}-whole`);
  return key;
}

const withPackages = (...packages: MadePackage[]): Repository =>
  holding({
    "package.json": ASKS,
    "package-lock.json": lockFileOf(packages, { one: { bin: { one: "cli.js" } } }),
  });

/** Runs a command in a box as the sandbox does: no network, another user, the layer read-only. */
async function inBox(key: Digest, ...command: string[]): Promise<{ code: number; output: string }> {
  const { volume, target } = createDependencyLayer().mountOf(key);
  const container = await engine.docker.createContainer({
    Image: image,
    Cmd: command,
    Entrypoint: [],
    User: "65532:65532",
    WorkingDir: "/workspace",
    Env: ["NO_COLOR=1"],
    Tty: true,
    HostConfig: {
      NetworkMode: "none",
      Mounts: [{ Type: "volume", Source: volume, Target: target, ReadOnly: true }],
    },
  });
  try {
    await container.start();
    const { StatusCode: code } = (await container.wait()) as { StatusCode: number };
    return { code, output: String(await container.logs({ stdout: true, stderr: true })).trim() };
  } finally {
    await container.remove({ force: true });
  }
}

const layerVolumes = async (): Promise<string[]> => {
  const options: Docker.VolumeListOptions = { filters: { label: ["dev.shipgate.dependencies"] } };
  const { Volumes } = await engine.docker.listVolumes(options);
  return Volumes.map(({ Name }) => Name);
};

describe("the dependency layer", () => {
  test("lets a box use the packages and their programs, and change nothing", async () => {
    const key = await prepare(withPackages(one, two));
    expect(await inBox(key, "node", "-p", 'require("one") === require("two")')).toEqual({
      code: 0,
      output: "true",
    });
    expect(await inBox(key, "node_modules/.bin/one")).toEqual({ code: 0, output: "1" });
    const write = 'require("fs").writeFileSync("node_modules/one/index.js", "")';
    expect((await inBox(key, "node", "-e", write)).output).toContain("EROFS");
  });

  test("is made once: found again without registry and cache", async () => {
    const key = await prepare(withPackages(one));
    await registry.close();
    await rm(join(folder, "cache"), { recursive: true });
    expect(await prepare(withPackages(one))).toBe(key);
  });

  test("is shared by trees that ask for the same, and another for other packages", async () => {
    const layers = createDependencyLayer({ cacheDir: join(folder, "cache") });
    const repository = withPackages(one);
    const keys = await Promise.all(
      ["base", "head"].map((tree) =>
        layers.prepare(engine, repository, tree, image, silent, never),
      ),
    );
    expect(keys[0]).toBe(keys[1]);
    expect(await prepare(withPackages(one, two))).not.toBe(await prepare(repository));
  });

  test("runs no script of a package", async () => {
    const scripted = await makePackage("one", "1.0.0", {}, [
      {
        name: "package/package.json",
        content: JSON.stringify({
          name: "one",
          version: "1.0.0",
          scripts: { install: "touch /workspace/node_modules/ran" },
        }),
      },
    ]);
    await registry.close();
    registry = await startRegistry([scripted]);
    vi.stubEnv("npm_config_registry", registry.url);
    const lock = lockFileOf([scripted], { one: { hasInstallScript: true } });
    const key = await prepare(holding({ "package.json": ASKS, "package-lock.json": lock }));
    const list = 'require("fs").readdirSync("node_modules").join()';
    expect(await inBox(key, "node", "-p", list)).toEqual({ code: 0, output: "one" });
  });

  test("does not take a layer for whole whose making was interrupted", async () => {
    const key = await prepare(withPackages(one));
    const { volume } = createDependencyLayer().mountOf(key);
    await engine.docker.getVolume(`${volume}-whole`).remove();
    await engine.docker.getVolume(volume).remove();
    await engine.docker.createVolume({
      Name: volume,
      Labels: { "dev.shipgate.dependencies": key },
    });
    expect(await prepare(withPackages(one))).toBe(key);
    expect((await inBox(key, "node", "-p", 'require("one").length > 3')).output).toBe("true");
  });

  test("leaves half layers of killed makers to the sweep, and no others", async () => {
    const whole = await prepare(withPackages(one));
    const half = async (owner: string, key: string): Promise<string> => {
      const Name = `shipgate-dependencies-${key}`;
      made.add(Name);
      const own: Record<string, string> = makerLabels(60_000);
      own["dev.shipgate.dependencies"] = `sha256:${key}`;
      const Labels =
        owner === "" ? own : { ...own, [OWNER]: own[OWNER]?.replace(/\/.*/, owner) ?? "" };
      await engine.docker.createVolume({ Name, Labels });
      return Name;
    };
    const killed = await half("/4194303/1", "a".repeat(64));
    const living = await half("", "b".repeat(64));
    expect(await sweepEngine(engine.docker)).toBeGreaterThanOrEqual(1);
    const left = await layerVolumes();
    expect(left).not.toContain(killed);
    expect(left).toEqual(
      expect.arrayContaining([living, createDependencyLayer().mountOf(whole).volume]),
    );
  });

  test("evicts what was not used for longest when all layers together grow too large", async () => {
    const owner = `test-${process.pid}`;
    const first = await prepare(withPackages(one), { owner });
    const second = await prepare(withPackages(two), { owner, keptBytes: 100 });
    const left = await layerVolumes();
    const volumeOf = (key: Digest): string => createDependencyLayer().mountOf(key).volume;
    expect(left).toContain(volumeOf(second));
    expect(left).not.toContain(volumeOf(first));
    expect(left).not.toContain(`${volumeOf(first)}-whole`);
  });

  test("leaves no container and no whole layer behind when it is stopped or the package is bad", async () => {
    const controller = new AbortController();
    controller.abort();
    await expect(prepare(withPackages(one), {}, controller.signal)).rejects.toMatchObject({
      code: "cancelled",
    });
    await expect(
      prepare(withPackages(one), { limits: { bytes: 10, files: 1 } }),
    ).rejects.toMatchObject({
      code: "bad-input",
    });
    const volume = createDependencyLayer().mountOf(
      addressOf({
        format: 1,
        packages: [{ path: "one", name: "one", version: "1.0.0", integrity: one.integrity }],
        links: [{ path: ".bin/one", to: "../one/cli.js" }],
      }),
    ).volume;
    made.add(volume);
    expect(await layerVolumes()).not.toContain(`${volume}-whole`);
    const filters = { volume: [volume] };
    expect(await engine.docker.listContainers({ all: true, filters })).toEqual([]);
  });

  test("is none for a tree without packages, and refused without a lock file", async () => {
    const layers = createDependencyLayer({ cacheDir: join(folder, "cache") });
    expect(await layers.prepare(engine, holding({}), "t", image, silent, never)).toBeNull();
    expect(
      await layers.prepare(engine, holding({ "package.json": "{}" }), "t", image, silent, never),
    ).toBeNull();
    await expect(prepare(holding({ "package.json": ASKS }))).rejects.toMatchObject({
      code: "bad-input",
    });
  });

  test("gives the sample its packages from the registry that npm is configured for", async ({
    skip,
  }) => {
    vi.unstubAllEnvs();
    const files = await Promise.all(
      ["package.json", "package-lock.json"].map(
        async (name) =>
          [
            name,
            await readFile(new URL(`../sample/service/${name}`, import.meta.url), "utf8"),
          ] as const,
      ),
    );
    const prepared = prepare(holding(Object.fromEntries(files)));
    const failed = await prepared.then(
      () => null,
      (error: Error) => error,
    );
    if (failed !== null) {
      console.log(`skipped: the configured registry cannot be reached: ${failed.message}`);
      return skip();
    }
    const found = await inBox(await prepared, "node", "-p", 'require("debug")("a").namespace');
    expect(found).toEqual({ code: 0, output: "a" });
  });
});
