import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import {
  buildImage,
  findImage,
  listImages,
  prepareImage,
} from "../../server/adapters/images/build.ts";
import { ImageRecord } from "../../server/core/images/record.ts";
import {
  aptProblem,
  aptSources,
  type Bench,
  engineOrSkip,
  hasApt,
  makeBench,
  runIn,
} from "./image-bench.ts";

const engine = await engineOrSkip();
const canBuild = engine !== null && (await hasApt());

/** Counts what a hardened image must not have, from inside and without our own audit. */
const WALK = `
const fs = require("node:fs"), path = require("node:path");
const found = { setuid: [], writable: [], shells: [], files: 0 };
(function walk(folder) {
  for (const name of fs.readdirSync(folder)) {
    const at = path.join(folder, name);
    if (/^\\/(proc|sys|dev)(\\/|$)/.test(at)) continue;
    const stat = fs.lstatSync(at);
    found.files += 1;
    if (stat.mode & 0o6000) found.setuid.push(at);
    if (!stat.isSymbolicLink() && stat.mode & 0o002 && !(stat.mode & 0o1000)) found.writable.push(at);
    if (/^(ba|da|z|k)?sh$|^busybox$/.test(name) && at.includes("bin")) found.shells.push(at);
    if (stat.isDirectory()) try { walk(at); } catch (error) { if (error.code !== "EACCES") throw error; }
  }
})("/");
console.log(JSON.stringify({ ...found, uid: process.getuid(), gid: process.getgid() }));
`;

describe.skipIf(!canBuild)("images on the engine of this machine", () => {
  const docker = engine ?? new Docker();
  let bench: Bench;
  let runtime: ImageRecord;
  let dev: ImageRecord;

  beforeAll(async () => {
    bench = await makeBench(docker);
    runtime = await buildImage("node-24", bench.options);
    dev = await buildImage("node-24-dev", bench.options);
  });
  afterAll(() => bench.remove());

  describe("node-24", () => {
    test("runs Node 24", async () => {
      const { code, output } = await runIn(docker, runtime.engineId, ["/usr/bin/node", "-v"]);
      expect(output).toMatch(/^v24\.\d+\.\d+\n$/);
      expect(code).toBe(0);
    });

    test("has no shell", async () => {
      await expect(runIn(docker, runtime.engineId, ["sh", "-c", "true"])).rejects.toThrow(
        /executable file not found/,
      );
    });

    test("is 65532, without setuid files, shells and things that anybody may write", async () => {
      const { output } = await runIn(docker, runtime.engineId, ["/usr/bin/node", "-e", WALK]);
      const found = JSON.parse(output) as { files: number };
      expect(found).toMatchObject({
        setuid: [],
        writable: [],
        shells: [],
        uid: 65_532,
        gid: 65_532,
      });
      expect(found.files).toBeGreaterThan(500);
    });

    test("knows certificates, time zones and its user", async () => {
      const script = `
        const bundle = require("node:fs").readFileSync(process.env.SSL_CERT_FILE, "utf8");
        const time = new Date(0).toLocaleString("de", { timeZone: "Asia/Tokyo", hour: "2-digit" });
        console.log(bundle.split("BEGIN CERTIFICATE").length > 100, time, os.userInfo().username);`;
      const { output } = await runIn(docker, runtime.engineId, ["/usr/bin/node", "-e", script]);
      expect(output).toBe("true 09 Uhr box\n");
    });

    test("passes its own audit and is on record", async () => {
      expect(runtime.audit).toMatchObject({ clean: true });
      expect(ImageRecord.parse(JSON.parse(JSON.stringify(runtime)))).toEqual(runtime);
      expect(await listImages(bench.options.stateDir)).toContainEqual(runtime);
      const { Id } = await docker.getImage(runtime.tag).inspect();
      expect([runtime.configDigest, runtime.manifestDigest]).toContain(Id);
    });
  });

  describe("node-24-dev", () => {
    test("stands on the very layer of node-24", () => {
      expect(dev.layers[0]).toEqual(runtime.layers[0]);
      expect(dev.layers).toHaveLength(2);
    });

    test("has what a test command needs", async () => {
      const script = [
        "set -e; npm -v; npx --version; git --version; bash --version; awk 'BEGIN{print 1}'",
        "echo a | sed s/a/b/ | grep b; find / -maxdepth 1 >/dev/null; tar --version; gzip --version",
        "diff --version; which node; strace -V",
      ].join("; ");
      const { code, output } = await runIn(docker, dev.engineId, ["sh", "-c", script]);
      expect(output).toContain("git version 2.");
      expect(code).toBe(0);
    });

    test("has no setuid file, and a strace that its user can run but not read", async () => {
      const script =
        "find / -xdev -perm /6000; stat -c '%a %u' /usr/bin/strace; cat /usr/bin/strace";
      const { code, output } = await runIn(docker, dev.engineId, ["sh", "-c", script]);
      expect(output).toBe("711 0\ncat: /usr/bin/strace: Permission denied\n");
      expect(code).toBe(1);
    });

    test("passes its own audit", () => {
      expect(dev.audit).toMatchObject({ clean: true });
    });
  });

  test("the keeper has its tools, no shell, and passes its own audit", async () => {
    const keeper = await buildImage("keeper", bench.options);
    const script = `
      const { spawnSync } = require("node:child_process");
      for (const argv of [["ip", "-V"], ["tcpdump", "--version"], ["tar", "--version"], ["sh"]])
        console.log(argv[0], spawnSync(argv[0], argv.slice(1)).status);`;
    const { output } = await runIn(docker, keeper.engineId, ["/usr/bin/node", "-e", script]);
    expect(output).toBe("ip 0\ntcpdump 0\ntar 0\nsh null\n");
    expect(keeper.audit).toMatchObject({ clean: true });
    expect(keeper.layers[0]).toEqual(runtime.layers[0]);
  });

  test("the bill of materials is valid CycloneDX 1.6 and names every package with its hash", async () => {
    const text = await readFile(dev.sbomPath, "utf8");
    expect(await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text)).toBeNull();
    const { components } = JSON.parse(text) as {
      components: { purl: string; hashes?: unknown[] }[];
    };
    expect(components.map(({ purl }) => purl).toSorted()).toEqual(
      dev.packages.map(({ purl }) => purl).toSorted(),
    );
    const fetched = components.filter(
      ({ purl }) => purl.startsWith("pkg:deb/") || /^pkg:npm\/(?:npm|node-linux-[^@]+)@/.test(purl),
    );
    expect(fetched.length).toBeGreaterThan(50);
    expect(fetched.filter(({ hashes }) => hashes?.length !== 1)).toEqual([]);
  });

  describe("prepareImage", () => {
    test("gives an image that the engine has without any work", async () => {
      bench.said.length = 0;
      expect(await prepareImage("node-24", bench.options)).toEqual(runtime);
      expect(bench.said).toEqual([]);
    });

    test("makes an image that the engine lost again from the cache, to the same digest", async () => {
      const content = Buffer.from("hello from a file");
      const options = { ...bench.options, files: [{ path: "/srv/hello", mode: 0o6777, content }] };
      const built = await prepareImage("node-24", options);
      const script =
        'fs=require("fs");console.log(fs.readFileSync("/srv/hello","utf8"),fs.statSync("/srv/hello").mode&0o7777)';
      const { output } = await runIn(docker, built.engineId, ["/usr/bin/node", "-e", script]);
      expect(output).toBe("hello from a file 493\n");
      await docker.getImage(built.tag).remove();
      expect(await findImage("node-24", options)).toBeNull();
      bench.said.length = 0;
      expect((await prepareImage("node-24", options)).engineId).toBe(built.engineId);
      expect(bench.said).toEqual(["Loading the image into the engine"]);
      await docker.getImage(built.tag).remove();
    });
  });

  describe("another build", () => {
    test("from an emptied cache gives the same image and the same bill of materials", async () => {
      const other = await makeBench(docker);
      try {
        const again = await buildImage("node-24-dev", other.options);
        expect(other.said.some((message) => message.startsWith("Downloading"))).toBe(true);
        expect(again).toMatchObject({
          configDigest: dev.configDigest,
          manifestDigest: dev.manifestDigest,
          layers: dev.layers,
        });
        expect(await readFile(again.sbomPath, "utf8")).toBe(await readFile(dev.sbomPath, "utf8"));
      } finally {
        await other.remove();
      }
    });

    test("with apt in a container, for machines without it, gives the same image", async ({
      skip,
    }) => {
      const other = await makeBench(docker);
      try {
        const base = await buildImage("apt", {
          ...other.options,
          recipesDir: join(import.meta.dirname, "../fixtures/images"),
          files: await aptSources(),
        });
        expect(base.audit.checks.find(({ id }) => id === "no-package-manager")?.ok).toBe(false);
        const problem = await aptProblem(docker, base.engineId);
        if (problem !== null) {
          console.warn(`skipped: ${problem}`);
          return skip(problem);
        }
        const second = await makeBench(docker);
        const again = await buildImage("node-24", {
          ...second.options,
          aptSource: "container",
          aptImage: base.engineId,
        }).finally(() => second.remove());
        expect(again.configDigest).toBe(runtime.configDigest);
        await docker.getImage(base.tag).remove();
        const left = await docker.listContainers({
          all: true,
          filters: { label: ["dev.shipgate.apt"] },
        });
        expect(left).toEqual([]);
      } finally {
        await other.remove();
      }
    });

    test("does not use a package or a layer of the cache that was tampered with", async () => {
      const { cacheDir } = bench.options;
      const layer = join(cacheDir, "layers", `${runtime.layers[0]?.digest.slice(7)}.tar`);
      const bytes = await readFile(layer);
      bytes[bytes.length - 20_000] = 1 ^ (bytes[bytes.length - 20_000] ?? 0);
      await writeFile(layer, bytes);
      const [deb = ""] = await readdir(join(cacheDir, "debs"));
      const packed = await readFile(join(cacheDir, "debs", deb));
      packed[100] = 1 ^ (packed[100] ?? 0);
      await writeFile(join(cacheDir, "debs", deb), packed);
      expect((await buildImage("node-24-dev", bench.options)).configDigest).toBe(dev.configDigest);
    });
  });
});
