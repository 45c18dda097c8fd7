import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";

import tar, { type Header } from "tar-stream";

/** A package as a test makes it: file contents by path below `package/`, or raw tar entries. */
export interface MadePackage {
  readonly name: string;
  readonly version: string;
  readonly tarball: Buffer;
  readonly integrity: string;
}

export async function makePackage(
  name: string,
  version: string,
  files: Readonly<Record<string, string>>,
  raw: readonly (Partial<Header> & { name: string; content?: string })[] = [],
): Promise<MadePackage> {
  const pack = tar.pack();
  pack.entry({ name: "package/package.json" }, JSON.stringify({ name, version }));
  for (const [path, content] of Object.entries(files))
    pack.entry({ name: `package/${path}` }, content);
  for (const { content = "", ...header } of raw) {
    if (header.type === undefined || header.type === "file") pack.entry(header, content);
    else pack.entry(header);
  }
  pack.finalize();
  return packageOf(name, version, gzipSync(await buffer(pack)));
}

export function packageOf(name: string, version: string, tarball: Buffer): MadePackage {
  const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
  return { name, version, tarball, integrity };
}

/** A registry on loopback, with what it was asked for. */
export interface LoopbackRegistry {
  readonly url: string;
  readonly requests: { readonly path: string; readonly authorization: string | undefined }[];
  close(): Promise<void>;
}

export async function startRegistry(packages: readonly MadePackage[]): Promise<LoopbackRegistry> {
  const requests: LoopbackRegistry["requests"] = [];
  let url = "";
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "");
    requests.push({ path, authorization: request.headers.authorization });
    const found = packages.find((each) => path === `/${each.name}/-/${each.version}.tgz`);
    if (found !== undefined) return void response.end(found.tarball);
    const versions = packages.filter((each) => path === `/${each.name}`);
    if (versions.length === 0) return void response.writeHead(404).end("{}");
    response.setHeader("content-type", "application/json");
    response.end(
      JSON.stringify({
        name: versions[0]?.name,
        "dist-tags": { latest: versions[0]?.version },
        versions: Object.fromEntries(
          versions.map(({ name, version, integrity }) => [
            version,
            { name, version, dist: { integrity, tarball: `${url}${name}/-/${version}.tgz` } },
          ]),
        ),
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return { url, requests, close };
}

/** A lock file that pins made packages at the top of node_modules. */
export function lockFileOf(
  packages: readonly MadePackage[],
  extra: Readonly<Record<string, object>> = {},
): string {
  const entries = packages.map(({ name, version, integrity }) => [
    `node_modules/${name}`,
    { version, integrity, ...extra[name] },
  ]);
  return JSON.stringify({
    lockfileVersion: 3,
    packages: { "": {}, ...Object.fromEntries(entries) },
  });
}
