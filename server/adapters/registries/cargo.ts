import { readdir, readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

import { z } from "zod";

import type { PackageRecord, VersionRecord } from "../../core/fact.ts";
import { at, type Located, parseTomlLocated, stringOf } from "../../ecosystems/located.ts";
import { GateError } from "../../engine/errors.ts";
import type { Registry } from "../../engine/fact-ports.ts";
import { createHttpClient, type HttpClient, withoutSecrets } from "./http.ts";
import { instantOf, keptRegistry } from "./kept-registry.ts";
import { refused, type RegistryOptions, withoutUser } from "./npm.ts";
import { parseJson } from "./record-cache.ts";

const LARGEST = 1024 * 1024;
/** The name that cargo gives to its default registry in its own settings. */
const DEFAULT_SOURCE = ["crates", "io"].join("-");

/** The sparse index that the user's cargo is configured for (https://doc.rust-lang.org/cargo/reference/registry-index.html). */
export function createCargoRegistry(options: RegistryOptions): Registry {
  const http = createHttpClient();
  const { environment } = options;
  const home = environment["CARGO_HOME"] ?? join(options.home ?? homedir(), ".cargo");
  let setUp: Promise<string> | null = null;
  const prepare = () => {
    setUp ??= findIndex(home).catch((error: unknown) => {
      setUp = null;
      throw error;
    });
    return setUp;
  };
  return keptRegistry({
    ...options,
    ecosystem: "cargo",
    folder: `${options.cacheDir}/cargo`,
    prepare,
    http,
    async choose(name) {
      const index = await prepare();
      return {
        source: withoutSecrets(index),
        ask: (signal: AbortSignal) => askIndex(http, index, name, signal),
      };
    },
  });
}

/** What the user's settings put in the default's stead, else the index that cargo itself has used. */
async function findIndex(home: string): Promise<string> {
  for (const file of ["config.toml", "config"]) {
    const path = join(home, file);
    const found = await stat(path).catch(() => null);
    if (found === null || !found.isFile() || found.size > LARGEST) continue;
    const index = replacedIndex(await readFile(path, "utf8"));
    if (index !== null) return index;
  }
  const used = await usedIndexes(home);
  const [only] = used;
  if (only !== undefined && used.length === 1) return only;
  throw new GateError(
    "registry-failed",
    "Cargo's registry is not known: nothing is configured and cargo has used none, or several, on this machine.",
    {
      remedy: `Fetch any crate once, or name a sparse index in ~/.cargo/config.toml: \`[source.${DEFAULT_SOURCE}] replace-with\`.`,
    },
  );
}

/** Follows `replace-with` from the default source; null where nothing replaces it. */
export function replacedIndex(config: string): string | null {
  let root: Located;
  try {
    root = parseTomlLocated(config);
  } catch {
    return null;
  }
  let name = DEFAULT_SOURCE;
  for (let hops = 0; hops < 10; hops += 1) {
    const source = at(root, "source", name);
    const next = stringOf(at(source, "replace-with"));
    if (next === undefined) {
      const place =
        stringOf(at(source, "registry")) ?? stringOf(at(root, "registries", name, "index"));
      return place === undefined ? null : sparse(place);
    }
    name = next;
  }
  return null;
}

function sparse(place: string): string {
  const address = /^sparse\+(https?:\/\/.+)$/u.exec(place)?.[1];
  if (address !== undefined) return address;
  throw new GateError("registry-failed", "Cargo's registry is a git index, which is not read.", {
    remedy: "Use the registry's sparse index (`sparse+https://…`).",
  });
}

/** cargo keeps what it read of a sparse index in a folder named after the index's host. */
async function usedIndexes(home: string): Promise<readonly string[]> {
  const names = await readdir(join(home, "registry", "index")).catch(() => []);
  const hosts = names.flatMap(
    (name) => /^(index\.[a-z0-9.-]+)-[0-9a-f]{16}$/u.exec(name)?.[1] ?? [],
  );
  return [...new Set(hosts)].map((host) => `https://${host}/`);
}

const Line = z.object({
  name: z.string(),
  vers: z.string(),
  yanked: z.boolean().optional(),
  pubtime: z.string().optional(),
});

async function askIndex(
  http: HttpClient,
  index: string,
  name: string,
  signal: AbortSignal,
): Promise<Omit<PackageRecord, "source" | "time">> {
  const base = index.endsWith("/") ? index : `${index}/`;
  const url = new URL(indexPath(name), withoutUser(base)).href;
  const { status, text } = await http.send({ url, accept: "text/plain", signal });
  if (status === 404 || status === 410 || status === 451) {
    return { name, exists: false, latest: null, versions: {} };
  }
  if (status !== 200) throw refused(url, status);
  const versions: Record<string, VersionRecord> = {};
  let latest: string | null = null;
  for (const row of text.split("\n").filter((each) => each !== "")) {
    const read = Line.safeParse(parseJson(row)).data;
    if (read === undefined || read.name.toLowerCase() !== name.toLowerCase()) {
      throw refused(url, "unreadable");
    }
    const publishedAt = instantOf(read.pubtime);
    versions[read.vers] = {
      ...(publishedAt !== undefined && { publishedAt }),
      ...(read.yanked === true && { deprecated: "withdrawn" }),
    };
    // The index is in the order of publication.
    if (read.yanked !== true && !read.vers.includes("-")) latest = read.vers;
  }
  return { name, exists: true, latest, versions };
}

/** Where a crate stands in an index: by the length and the first letters of its name. */
export function indexPath(name: string): string {
  const low = encodeURIComponent(name.toLowerCase());
  if (low.length <= 2) return `${low.length}/${low}`;
  if (low.length === 3) return `3/${low[0]}/${low}`;
  return `${low.slice(0, 2)}/${low.slice(2, 4)}/${low}`;
}
