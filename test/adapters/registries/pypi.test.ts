import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { defaultIndex, parsePipSettings } from "../../../server/adapters/registries/pip-config.ts";
import {
  createPypiRegistry,
  readProject,
  versionIn,
} from "../../../server/adapters/registries/pypi.ts";
import { makeFolder } from "../scratch-repository.ts";
import { json, serve } from "./loopback.ts";

const SIMPLE = "application/vnd.pypi.simple.v1+json";
const FILES = [
  { filename: "Left_Pad-1.0.tar.gz", "upload-time": "2020-01-01T00:00:00.123456Z", yanked: false },
  {
    filename: "left_pad-1.1-py3-none-any.whl",
    "upload-time": "2026-06-01T09:00:00Z",
    yanked: "broken",
    provenance: "https://registry.example/p",
  },
  { filename: "left_pad-2.0rc1-py3-none-any.whl", "upload-time": "2026-06-01T09:00:00Z" },
];

function userOf(environment: NodeJS.ProcessEnv) {
  const registry = createPypiRegistry({
    environment,
    cacheDir: makeFolder(),
    now: () => Date.parse("2026-06-01T12:00:00.000Z"),
  });
  const signal = AbortSignal.timeout(20_000);
  return (name: string) => registry.lookUp(name, { keptOnly: false, signal });
}

describe("createPypiRegistry", () => {
  test("reads what an index says of each version", async () => {
    const server = await serve((_, response) => json(response, { files: FILES }, SIMPLE));
    const lookUp = userOf({ PIP_INDEX_URL: `${server.url}simple` });
    expect(await lookUp("left-pad")).toEqual({
      name: "left-pad",
      source: `${server.url}simple`,
      time: "2026-06-01T12:00:00.000Z",
      exists: true,
      latest: "1.0",
      versions: {
        "1.0": { publishedAt: "2020-01-01T00:00:00.123Z", hasInstallScript: true, attested: false },
        "1.1": {
          publishedAt: "2026-06-01T09:00:00.000Z",
          hasInstallScript: false,
          deprecated: "withdrawn broken",
          attested: true,
        },
        "2.0rc1": {
          publishedAt: "2026-06-01T09:00:00.000Z",
          hasInstallScript: false,
          attested: false,
        },
      },
    });
    expect(server.requests[0]?.path).toBe("/simple/left-pad/");
  });

  test("reads an index that has pages only", async () => {
    const page =
      '<!DOCTYPE html><html><body><a href="x" data-yanked="">left_pad-1.0.zip</a><a href="y">left_pad-1.1-py3-none-any.whl</a></body></html>';
    const server = await serve((_, response) =>
      response.setHeader("content-type", "text/html").end(page),
    );
    expect(await userOf({ UV_INDEX_URL: server.url })("left-pad")).toMatchObject({
      exists: true,
      latest: "1.1",
      versions: {
        "1.0": { deprecated: "withdrawn", hasInstallScript: true },
        "1.1": { hasInstallScript: false },
      },
    });
  });

  test("asks the further indexes for what the first does not know, each with its own credentials", async () => {
    const first = await serve((_, response) => response.writeHead(404).end());
    const second = await serve((_, response) => json(response, { files: FILES }, SIMPLE));
    const lookUp = userOf({
      PIP_INDEX_URL: first.url.replace("//", "//me:one%40@"),
      PIP_EXTRA_INDEX_URL: second.url,
    });
    const record = await lookUp("left-pad");
    expect(record).toMatchObject({ exists: true });
    expect(record?.source).not.toContain("one");
    expect(first.requests[0]?.authorization).toBe(
      `Basic ${Buffer.from("me:one@").toString("base64")}`,
    );
    expect(second.requests[0]?.authorization).toBeUndefined();
  });

  test.for([500, 401, 403, 200])(
    "an index that answers %i without a project is no answer",
    async (status) => {
      const server = await serve((_, response) => response.writeHead(status).end("nothing"));
      await expect(userOf({ PIP_INDEX_URL: server.url })("left-pad")).rejects.toMatchObject({
        code: "registry-failed",
      });
    },
  );

  test("asks pip itself what it is configured for, and what it has by default", async () => {
    const server = await serve((_, response) => json(response, { files: FILES }, SIMPLE));
    const bin = makeFolder();
    const help = `  -i, --index-url <url>       Base URL (default\n                              ${server.url}simple). This should\n  --extra-index-url <url>     Extra`;
    writeFileSync(
      join(bin, "pip"),
      `#!/bin/sh\nif [ "$1" = config ]; then exit 0; fi\ncat <<'END'\n${help}\nEND\n`,
      { mode: 0o755 },
    );
    expect(await userOf({ PATH: `${bin}:/usr/bin:/bin` })("left-pad")).toMatchObject({
      source: `${server.url}simple`,
    });
  });

  test("a pip that is told to ask no index is not asked in its stead", async () => {
    const bin = makeFolder();
    writeFileSync(join(bin, "pip"), `#!/bin/sh\necho "global.no-index='true'"\n`, { mode: 0o755 });
    await expect(userOf({ PATH: `${bin}:/usr/bin:/bin` })("x")).rejects.toThrow("ask no index");
  });
});

describe("reading pip", () => {
  test("takes the last of its levels", () => {
    const text =
      "global.index-url='https://a.example/simple'\n:env:.index-url='https://b.example/simple'\ninstall.index-url='https://c.example'\nfreeze.timeout='10'\n";
    expect(parsePipSettings(text).get("index-url")).toBe("https://b.example/simple");
  });

  test("a help without a default says nothing", () => {
    expect(
      defaultIndex("--index-url <url> Base URL --extra-index-url <url> (default x)"),
    ).toBeNull();
  });

  test.for([
    ["left_pad-1.0-py3-none-any.whl", "left-pad", "1.0"],
    ["zope.interface-5.0.tar.gz", "zope-interface", "5.0"],
    ["backports-datetime-1.0-2.tar.gz", "backports-datetime", "1.0-2"],
    ["other-1.0.tar.gz", "left-pad", null],
    ["left-pad.txt", "left-pad", null],
  ] as const)("finds the version in %s", ([file, name, version]) => {
    expect(versionIn(file, name)).toBe(version);
  });

  test("a project without files has no version", () => {
    expect(readProject("x", { files: [] })).toEqual({
      name: "x",
      exists: true,
      latest: null,
      versions: {},
    });
  });
});

describe("the machine's own Python index", () => {
  test("knows six and not a made-up name", async ({ skip }) => {
    const lookUp = userOf(process.env);
    const six = await lookUp("six").catch((error: unknown) => {
      console.warn(`Not tested against a real Python index: ${String(error)}`);
      return skip("the configured Python index does not answer");
    });
    expect(six).toMatchObject({ exists: true });
    expect(Object.keys(six?.versions ?? {})).toContain("1.16.0");
    expect(await lookUp("shipgate-made-up-name-0")).toMatchObject({ exists: false });
  });
});
