import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import {
  createCargoRegistry,
  indexPath,
  replacedIndex,
} from "../../../server/adapters/registries/cargo.ts";
import {
  createGoRegistry,
  escapePath,
  proxyFor,
} from "../../../server/adapters/registries/go-proxy.ts";
import { createMavenRegistry, mirrorIn } from "../../../server/adapters/registries/maven.ts";
import { makeFolder } from "../scratch-repository.ts";
import { json, serve } from "./loopback.ts";

const now = () => Date.parse("2026-06-01T12:00:00.000Z");
const options = { keptOnly: false, signal: AbortSignal.timeout(20_000) };

/** A go that says what it is configured for. */
function goOf(settings: Record<string, string>) {
  const bin = makeFolder();
  const answer = JSON.stringify({ GONOPROXY: "", GOPRIVATE: "", ...settings });
  writeFileSync(join(bin, "go"), `#!/bin/sh\nprintf '%s' '${answer}'\n`, { mode: 0o755 });
  return createGoRegistry({
    environment: { PATH: `${bin}:/usr/bin:/bin` },
    cacheDir: makeFolder(),
    now,
  });
}

describe("createGoRegistry", () => {
  test("asks the proxy for the versions and the time of those that are wanted", async () => {
    const server = await serve((path, response) => {
      if (path.endsWith("/@v/list")) return response.end("v1.0.0\nv1.1.0\n");
      const version = path.endsWith("@latest") ? "v1.1.0" : "v1.0.0";
      return json(response, { Version: version, Time: "2020-01-01T00:00:00Z" });
    });
    const go = goOf({ GOPROXY: `${server.url},direct` });
    expect(await go.lookUp("example.org/Left", { ...options, versions: ["v1.0.0"] })).toMatchObject(
      {
        exists: true,
        latest: "v1.1.0",
        versions: { "v1.0.0": { publishedAt: "2020-01-01T00:00:00.000Z" }, "v1.1.0": {} },
      },
    );
    expect(server.requests.map(({ path }) => path)).toEqual([
      "/example.org/!left/@v/list",
      "/example.org/!left/@v/v1.0.0.info",
      "/example.org/!left/@latest",
    ]);
    await go.lookUp("example.org/Left", { ...options, versions: ["v1.1.0"] });
    expect(server.requests).toHaveLength(6);
  });

  test("a module that no proxy knows does not exist, a refusal is no answer", async () => {
    let status = 404;
    const server = await serve((_, response) => response.writeHead(status).end());
    const go = goOf({ GOPROXY: server.url });
    expect(await go.lookUp("example.org/left", options)).toMatchObject({ exists: false });
    status = 403;
    await expect(go.lookUp("example.org/right", options)).rejects.toMatchObject({
      code: "registry-failed",
    });
  });

  test.for([
    ["off", "", "x.org/a"],
    ["direct", "", "x.org/a"],
    ["https://proxy.example", "corp.example,*.corp.example/secret", "git.corp.example/secret/tool"],
    ["https://proxy.example", "corp.example", "corp.example/tool"],
  ] as const)(
    "with GOPROXY=%s and GOPRIVATE=%s %s is named to nobody",
    ([GOPROXY, GOPRIVATE, name]) => {
      expect(() => proxyFor(name, { GOPROXY, GOPRIVATE, GONOPROXY: "" })).toThrow(
        "No module proxy",
      );
    },
  );

  test("paths cannot leave their place", () => {
    expect(escapePath("example.org/Big Name?x#y")).toBe("example.org/!big%20!name%3Fx%23y");
  });
});

describe("createCargoRegistry", () => {
  test("asks the index that stands in for the default", async () => {
    const lines = [
      { name: "left", vers: "1.0.0", yanked: true, pubtime: "2020-01-01T00:00:00Z" },
      { name: "left", vers: "1.1.0", yanked: false, pubtime: "2026-06-01T09:00:00Z" },
      { name: "left", vers: "2.0.0-rc.1", yanked: false },
    ];
    const server = await serve((_, response) =>
      response.end(lines.map((line) => JSON.stringify(line)).join("\n")),
    );
    const home = makeFolder();
    mkdirSync(join(home, ".cargo"));
    const source = ["crates", "io"].join("-");
    writeFileSync(
      join(home, ".cargo", "config.toml"),
      `[source.${source}]\nreplace-with = "mirror"\n\n[source.mirror]\nregistry = "sparse+${server.url}idx/"\n`,
    );
    const cargo = createCargoRegistry({ environment: {}, home, cacheDir: makeFolder(), now });
    expect(await cargo.lookUp("left", options)).toMatchObject({
      exists: true,
      latest: "1.1.0",
      versions: {
        "1.0.0": { deprecated: "withdrawn" },
        "1.1.0": { publishedAt: "2026-06-01T09:00:00.000Z" },
      },
    });
    expect(server.requests[0]?.path).toBe("/idx/le/ft/left");
    await expect(cargo.lookUp("righ", options)).rejects.toMatchObject({ code: "registry-failed" });
  });

  test("without a setting and without an index that cargo used, it says what to do", async () => {
    const cargo = createCargoRegistry({
      environment: {},
      home: makeFolder(),
      cacheDir: makeFolder(),
      now,
    });
    await expect(cargo.lookUp("left", options)).rejects.toMatchObject({
      remedy: expect.stringContaining("config.toml"),
    });
  });

  test.for([
    ["a", "1/a"],
    ["ab", "2/ab"],
    ["abc", "3/a/abc"],
    ["Serde", "se/rd/serde"],
  ] as const)("%s stands at %s", ([name, path]) => {
    expect(indexPath(name)).toBe(path);
  });

  test("settings that go in circles or are no TOML replace nothing", () => {
    const source = ["crates", "io"].join("-");
    expect(replacedIndex(`[source.${source}]\nreplace-with = "${source}"\n`)).toBeNull();
    expect(replacedIndex("[[[")).toBeNull();
  });
});

const SETTINGS = (url: string, of: string) =>
  `<settings><mirrors><mirror><id>m</id><mirrorOf>${of}</mirrorOf><url>${url}</url></mirror></mirrors></settings>`;

describe("createMavenRegistry", () => {
  test("asks the mirror of the user's settings", async () => {
    const metadata =
      "<metadata><versioning><release>4.13.2</release><versions><version>4.12</version><version>4.13.2</version></versions></versioning></metadata>";
    const server = await serve((path, response) =>
      path.includes("junit") ? response.end(metadata) : response.writeHead(404).end(),
    );
    const home = makeFolder();
    mkdirSync(join(home, ".m2"));
    writeFileSync(join(home, ".m2", "settings.xml"), SETTINGS(`${server.url}maven2`, "*"));
    const maven = createMavenRegistry({ environment: {}, home, cacheDir: makeFolder(), now });
    expect(await maven.lookUp("junit:junit", options)).toMatchObject({
      latest: "4.13.2",
      versions: { "4.12": {} },
    });
    expect(server.requests[0]?.path).toBe("/maven2/junit/junit/maven-metadata.xml");
    expect(await maven.lookUp("org.example.made:up", options)).toMatchObject({ exists: false });
  });

  test.for([
    ["central", true],
    ["external:*", true],
    ["*,!central", false],
    ["internal", false],
  ] as const)("a mirror of %s is one of central: %s", ([of, is]) => {
    expect(mirrorIn(SETTINGS("https://m.example/", of)) !== null).toBe(is);
  });

  test("settings with entities of their own are not read", () => {
    const bomb = `<!DOCTYPE s [<!ENTITY a "x">]>${SETTINGS("https://m.example/&a;", "*")}`;
    expect(mirrorIn(bomb)).toBeNull();
    expect(mirrorIn("<settings>")).toBeNull();
  });
});
