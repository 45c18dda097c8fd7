import { chmod, mkdir, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, join } from "node:path";

import { describe, expect, onTestFinished, test } from "vitest";

import { findCredentials } from "../../../server/adapters/oci/credentials.ts";
import {
  isLoopback,
  parseReference,
  writeReference,
} from "../../../server/adapters/oci/reference.ts";
import { openRegistry } from "../../../server/adapters/oci/registry.ts";
import { sha256Digest } from "../../../server/core/digest.ts";
import { makeFolder } from "../scratch-repository.ts";

const signal = new AbortController().signal;
const DIGEST = `sha256:${"a".repeat(64)}`;

/** A server that behaves as a test says; gives its address and what it was asked for. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization ?? "-"}`);
    request.resume();
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

async function configure(config: unknown): Promise<NodeJS.ProcessEnv> {
  const folder = makeFolder();
  await writeFile(join(folder, "config.json"), JSON.stringify(config));
  return { ...process.env, DOCKER_CONFIG: folder };
}

/** A credential helper that answers as Docker's protocol says. */
async function helper(script: string): Promise<NodeJS.ProcessEnv> {
  const environment = await configure({ credsStore: "test" });
  const bin = join(makeFolder(), "bin");
  await mkdir(bin);
  const program = join(bin, "docker-credential-test");
  await writeFile(program, `#!${process.execPath}\n${script}`);
  await chmod(program, 0o755);
  return { ...environment, PATH: `${bin}${delimiter}${process.env["PATH"]}` };
}

describe("parseReference", () => {
  test.for([
    ["registry.example/shop/export", { tag: null, digest: null }],
    ["registry.example:5000/export:1.3.0", { host: "registry.example:5000", tag: "1.3.0" }],
    [`localhost/a@${DIGEST}`, { host: "localhost", digest: DIGEST }],
    [`127.0.0.1:5000/a/b__c:x@${DIGEST}`, { name: "a/b__c", tag: "x", digest: DIGEST }],
  ] as const)("reads %s", ([text, expected]) => {
    const reference = parseReference(text);
    expect(reference).toMatchObject(expected);
    expect(writeReference(reference)).toBe(text);
  });

  test.for([
    "",
    "export",
    "shop/export",
    "registry.example",
    "registry.example/",
    "registry.example/Shop",
    "registry.example/shop/../other",
    "registry.example/shop:",
    "registry.example/shop@sha256:abc",
    "registry.example/shop?x=1",
    "registry.example@evil.example/shop",
    "https://registry.example/shop",
    "registry.example/shop\n",
    "-registry.example/shop",
    `registry.example/${"a".repeat(256)}`,
  ])("refuses %j", (text) => {
    expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: "bad-usage" }));
  });

  test("takes this machine alone for loopback", () => {
    expect(["localhost", "localhost:5000", "127.0.0.1:1", "[::1]:5000"].every(isLoopback)).toBe(
      true,
    );
    expect(
      ["localhost.example", "127.0.0.1.example:80", "128.0.0.1", "registry.example"].some(
        isLoopback,
      ),
    ).toBe(false);
  });
});

describe("findCredentials", () => {
  test("reads what docker login writes", async () => {
    const auth = Buffer.from("ann:p:w").toString("base64");
    const environment = await configure({ auths: { "registry.example": { auth } } });
    expect(await findCredentials("registry.example", environment)).toEqual({
      kind: "password",
      username: "ann",
      secret: "p:w",
    });
    expect(await findCredentials("other.example", environment)).toBe(null);
  });

  test("asks the credential helper, with the host on standard input", async () => {
    const environment = await helper(
      `const host = require("node:fs").readFileSync(0, "utf8");
       console.log(JSON.stringify({ ServerURL: host, Username: "ann", Secret: process.argv[2] + " " + host }));`,
    );
    expect(await findCredentials("registry.example", environment)).toEqual({
      kind: "password",
      username: "ann",
      secret: "get registry.example",
    });
  });

  test("knows the helper's word for nothing", async () => {
    const environment = await helper(
      'console.log("credentials not found in native keychain"); process.exitCode = 1;',
    );
    expect(await findCredentials("registry.example", environment)).toBe(null);
  });

  test("says that a helper failed", async () => {
    const environment = await helper('console.error("locked"); process.exitCode = 1;');
    await expect(findCredentials("registry.example", environment)).rejects.toMatchObject({
      code: "registry-failed",
      message: expect.stringContaining("locked"),
    });
  });

  test("starts no program that a configuration names by a path", async () => {
    const environment = await configure({ credsStore: "x/../../../../bin/sh" });
    await expect(
      (async () => findCredentials("registry.example", environment))(),
    ).rejects.toMatchObject({ code: "registry-failed" });
  });
});

describe("a registry that asks who we are", () => {
  test("gets a name and a password where it asks for Basic", async () => {
    const { host, asked } = await serve(({ headers }, response) => {
      if (headers.authorization === undefined)
        response.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end();
      else response.writeHead(404).end();
    });
    const auth = Buffer.from("ann:pw").toString("base64");
    const environment = await configure({ auths: { [host]: { auth } } });
    const store = openRegistry({ host, name: "a", actions: "pull", signal, environment });
    expect(await store.hasBlob(sha256Digest("x"))).toBe(false);
    expect(asked.map((line) => line.split(" ").slice(2).join(" "))).toEqual(["-", `Basic ${auth}`]);
  });

  test("gets a token of the realm that it names", async () => {
    const { host, asked } = await serve(({ url = "", headers }, response) => {
      if (url.startsWith("/token")) response.end(JSON.stringify({ token: "t0k" }));
      else if (headers.authorization === "Bearer t0k") response.writeHead(404).end();
      else
        response
          .writeHead(401, { "www-authenticate": `Bearer realm="http://${host}/token",service="s"` })
          .end();
    });
    const environment = await configure({});
    const store = openRegistry({ host, name: "shop/a", actions: "pull,push", signal, environment });
    expect(await store.hasBlob(sha256Digest("x"))).toBe(false);
    expect(asked[1]).toContain("scope=repository%3Ashop%2Fa%3Apull%2Cpush");
    expect(asked[1]).toMatch(/ -$/u);
  });

  test("gets no password for a realm without TLS", async () => {
    const { host } = await serve((_, response) => {
      response.writeHead(401, { "www-authenticate": 'Bearer realm="http://evil.example/t"' }).end();
    });
    const auth = Buffer.from("ann:pw").toString("base64");
    const environment = await configure({ auths: { [host]: { auth } } });
    const store = openRegistry({ host, name: "a", actions: "pull", signal, environment });
    await expect(store.hasBlob(sha256Digest("x"))).rejects.toMatchObject({
      code: "registry-failed",
      message: expect.stringContaining("no safe place"),
    });
  });
});

describe("a hostile registry", () => {
  test("cannot give another manifest or blob than was asked for", async () => {
    const { host } = await serve((_, response) => response.end("{}"));
    const store = openRegistry({ host, name: "a", actions: "pull", signal });
    const digest = sha256Digest("something else");
    await expect(store.getManifest(digest)).rejects.toThrow(/another manifest/u);
    await expect(store.getBlob(digest, 100)).rejects.toThrow(/another blob/u);
    expect(await store.checkBlob(digest, 2)).toBe("other");
  });

  test("cannot fill memory", async () => {
    const { host } = await serve((_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
        if (!response.destroyed) response.once("drain", more);
      };
      more();
    });
    const store = openRegistry({ host, name: "a", actions: "pull", signal });
    await expect(store.getBlob(sha256Digest("x"), 1000)).rejects.toThrow(/more than/u);
    expect(await store.checkBlob(sha256Digest("x"), 1000)).toBe("other");
  });

  test("cannot send an upload and its credentials to an unprotected place", async () => {
    const { host } = await serve(({ method }, response) => {
      if (method === "HEAD") response.writeHead(404).end();
      else response.writeHead(202, { location: "http://evil.example/upload" }).end();
    });
    const store = openRegistry({ host, name: "a", actions: "pull,push", signal });
    const content = Buffer.from("x");
    const blob = {
      digest: sha256Digest("x"),
      size: 1,
      open: async function* () {
        yield content;
      },
    };
    await expect(store.putBlob(blob)).rejects.toThrow(/not protected by TLS/u);
  });

  test("is said to be gone when it does not answer", async () => {
    const store = openRegistry({ host: "127.0.0.1:1", name: "a", actions: "pull", signal });
    await expect(store.getManifest("x")).rejects.toMatchObject({ code: "registry-failed" });
  });
});
