import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { createNpmRegistry } from "../../../server/adapters/registries/npm.ts";
import { makeFolder } from "../scratch-repository.ts";
import { json, serve } from "./loopback.ts";

const START = Date.parse("2026-06-01T12:00:00.000Z");

function makeUser(npmrc: string, environment: NodeJS.ProcessEnv = {}) {
  const home = makeFolder();
  writeFileSync(join(home, ".npmrc"), npmrc);
  const clock = { now: START };
  const cacheDir = join(home, "cache");
  const registry = createNpmRegistry({
    environment: { PATH: process.env["PATH"], ...environment },
    home,
    cacheDir,
    now: () => clock.now,
  });
  const signal = AbortSignal.timeout(20_000);
  const lookUp = (name: string, extra: { keptOnly?: boolean; npmrc?: string } = {}) =>
    registry.lookUp(name, {
      keptOnly: extra.keptOnly ?? false,
      project: (path) => (path === ".npmrc" ? (extra.npmrc ?? null) : null),
      signal,
    });
  return { lookUp, clock, home };
}

const PACKUMENT = {
  name: "left",
  "dist-tags": { latest: "1.1.0" },
  time: {
    created: "2020-01-01T00:00:00.000Z",
    "1.0.0": "2020-01-01T00:00:00.000Z",
    "1.1.0": "2026-06-01T09:00:00.071000+00:00",
    "9.9.9": "2026-06-01T10:00:00.000Z",
  },
  versions: {
    "1.0.0": {
      license: { type: "MIT" },
      dist: { attestations: { url: "x" } },
      _npmUser: { name: "ci" },
    },
    "1.1.0": { scripts: { postinstall: "node x.js" }, deprecated: "no more", dist: {} },
  },
};

describe("createNpmRegistry", () => {
  test("reads what a packument says of each version", async () => {
    const server = await serve((_, response) => json(response, PACKUMENT));
    const { lookUp } = makeUser(`registry=${server.url}\n`);
    expect(await lookUp("left")).toEqual({
      name: "left",
      source: server.url,
      time: "2026-06-01T12:00:00.000Z",
      exists: true,
      latest: "1.1.0",
      versions: {
        "1.0.0": {
          publishedAt: "2020-01-01T00:00:00.000Z",
          hasInstallScript: false,
          license: "MIT",
          publisher: "ci",
          attested: true,
        },
        "1.1.0": {
          publishedAt: "2026-06-01T09:00:00.071Z",
          hasInstallScript: true,
          deprecated: "no more",
          attested: false,
        },
      },
    });
  });

  test("a name that the registry does not know does not exist", async () => {
    const server = await serve((_, response) => response.writeHead(404).end("{}"));
    const { lookUp } = makeUser(`registry=${server.url}\n`);
    expect(await lookUp("csv-strngify")).toMatchObject({ exists: false, versions: {} });
  });

  test.for([
    ["an error", (response: ServerResponse) => response.writeHead(500).end()],
    ["no JSON", (response: ServerResponse) => response.end("<html>")],
    [
      "a packument of another package",
      (response: ServerResponse) => json(response, { ...PACKUMENT, name: "right" }),
    ],
    [
      "versions that are none",
      (response: ServerResponse) => json(response, { name: "left", versions: { "1.0.0": "x" } }),
    ],
    ["a refusal", (response: ServerResponse) => response.writeHead(401).end()],
    ["a connection that breaks", (response: ServerResponse) => response.destroy()],
  ] as const)(
    "%s is no answer, and never one that says the package is missing",
    async ([, answer]) => {
      const server = await serve((_, response) => answer(response));
      const { lookUp } = makeUser(`registry=${server.url}\n`);
      await expect(lookUp("left")).rejects.toMatchObject({ code: "registry-failed" });
    },
  );

  test("a scope has its own registry, and each registry only its own token", async () => {
    const [main, scoped] = [
      await serve((_, response) => json(response, PACKUMENT)),
      await serve((_, response) => json(response, { ...PACKUMENT, name: "@shop/left" })),
    ];
    const { lookUp } = makeUser(
      `registry=${main.url}\n@shop:registry=${scoped.url}npm/\n${scoped.url.slice(5)}:_authToken=\${SHOP_TOKEN}\n`,
      { SHOP_TOKEN: "s3cret" },
    );
    await lookUp("@shop/left");
    await lookUp("left");
    expect(scoped.requests).toEqual([
      { path: "/npm/@shop%2fleft", authorization: "Bearer s3cret" },
    ]);
    expect(main.requests).toEqual([{ path: "/left", authorization: undefined }]);
  });

  test("credentials do not follow a redirect to another host", async () => {
    const other = await serve((_, response) => json(response, PACKUMENT));
    const elsewhere = other.url.replace("127.0.0.1", "localhost");
    const server = await serve((_, response) =>
      response.writeHead(302, { location: `${elsewhere}left` }).end(),
    );
    const { lookUp } = makeUser(
      `registry=${server.url}\n${server.url.slice(5)}:_authToken=s3cret\n`,
    );
    expect(await lookUp("left")).toMatchObject({ exists: true });
    expect(server.requests[0]?.authorization).toBe("Bearer s3cret");
    expect(other.requests[0]?.authorization).toBeUndefined();
  });

  test("redirects in circles end", async () => {
    const server = await serve((path, response) =>
      response.writeHead(302, { location: path }).end(),
    );
    const { lookUp } = makeUser(`registry=${server.url}\n`);
    await expect(lookUp("left")).rejects.toThrow("circles");
    expect(server.requests.length).toBeLessThan(10);
  });

  test("a project's own file chooses registries but brings no credentials and no variables", async () => {
    const server = await serve((_, response) => json(response, PACKUMENT));
    const { lookUp } = makeUser("registry=http://127.0.0.1:1/\n", { NPM_TOKEN: "s3cret" });
    const npmrc = `registry=${server.url}\${NPM_TOKEN}/\n${server.url.slice(5)}:_authToken=\${NPM_TOKEN}\n`;
    await lookUp("left", { npmrc });
    expect(server.requests[0]?.authorization).toBeUndefined();
    expect(server.requests[0]?.path).not.toContain("s3cret");
  });

  test("an answer is kept for an hour, a missing name for ten minutes", async () => {
    let exists = true;
    const server = await serve((_, response) =>
      exists ? json(response, PACKUMENT) : response.writeHead(404).end("{}"),
    );
    const { lookUp, clock } = makeUser(`registry=${server.url}\n`);
    expect(await lookUp("left", { keptOnly: true })).toBeNull();
    await lookUp("left");
    clock.now += 59 * 60_000;
    expect(await lookUp("left", { keptOnly: true })).toMatchObject({ exists: true });
    expect(server.requests).toHaveLength(1);
    exists = false;
    clock.now += 2 * 60_000;
    expect(await lookUp("left")).toMatchObject({ exists: false });
    clock.now += 11 * 60_000;
    expect(await lookUp("left", { keptOnly: true })).toBeNull();
  });

  test("a name is asked for once, however many want it", async () => {
    const server = await serve((_, response) => setTimeout(() => json(response, PACKUMENT), 50));
    const { lookUp } = makeUser(`registry=${server.url}\n`);
    await Promise.all([lookUp("left"), lookUp("left"), lookUp("left")]);
    expect(server.requests).toHaveLength(1);
  });

  test("what was tampered with in the cache is asked for again", async () => {
    const server = await serve((_, response) => json(response, PACKUMENT));
    const { lookUp, home } = makeUser(`registry=${server.url}\n`);
    await lookUp("left");
    const folder = join(home, "cache", "npm");
    for (const name of execFileSync("ls", [folder], { encoding: "utf8" }).trim().split("\n")) {
      writeFileSync(join(folder, name), '{"key":"x","at":0,"value":{"exists":true}}');
    }
    await lookUp("left");
    expect(server.requests).toHaveLength(2);
  });

  test("npm's own default is asked of npm, outside of the project", async () => {
    const server = await serve((_, response) => json(response, PACKUMENT));
    const bin = makeFolder();
    writeFileSync(
      join(bin, "npm"),
      `#!/bin/sh\necho "registry=${server.url}"\necho "globalconfig=/nowhere"\n`,
      { mode: 0o755 },
    );
    const { lookUp } = makeUser("", { PATH: `${bin}:/usr/bin:/bin` });
    expect(await lookUp("left")).toMatchObject({ exists: true, source: server.url });
  });

  test("without npm and without a setting, the reason says what to do", async () => {
    const empty = makeFolder();
    mkdirSync(join(empty, "bin"));
    const { lookUp } = makeUser("", { PATH: join(empty, "bin") });
    await expect(lookUp("left")).rejects.toMatchObject({
      code: "registry-failed",
      remedy: expect.stringContaining(".npmrc"),
    });
  });
});

/** The registry that this machine's npm is configured for; null, said aloud, where it does not answer. */
async function realRegistry() {
  const registry = createNpmRegistry({
    environment: process.env,
    cacheDir: makeFolder(),
    now: () => Date.now(),
  });
  try {
    await registry.lookUp("semver", { keptOnly: false, signal: AbortSignal.timeout(20_000) });
    return registry;
  } catch (error) {
    console.warn(`Not tested against a real npm registry: ${String(error)}`);
    return null;
  }
}

describe("the machine's own npm registry", () => {
  test("knows esbuild and its install script, and not a made-up name", async ({ skip }) => {
    const registry = (await realRegistry()) ?? skip("the configured npm registry does not answer");
    const options = { keptOnly: false, signal: AbortSignal.timeout(30_000) };
    const esbuild = await registry.lookUp("esbuild", options);
    expect(esbuild?.versions["0.25.0"]).toMatchObject({ hasInstallScript: true, license: "MIT" });
    expect(await registry.lookUp("csv-strngify", options)).toMatchObject({ exists: false });
  });
});
