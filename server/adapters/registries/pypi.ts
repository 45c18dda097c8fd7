import { rcompare, valid } from "semver";
import { z } from "zod";

import type { PackageRecord, VersionRecord } from "../../core/fact.ts";
import type { Registry } from "../../engine/fact-ports.ts";
import { createHttpClient, type HttpClient, withoutSecrets } from "./http.ts";
import { instantOf, keptRegistry } from "./kept-registry.ts";
import { refused, type RegistryOptions, withoutUser } from "./npm.ts";
import { type PipConfig, readPipConfig } from "./pip-config.ts";
import { parseJson } from "./record-cache.ts";

const ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.1";

type Answer = Omit<PackageRecord, "source" | "time">;

/** The Python package indexes that the user's pip is configured for (PEP 503, 691, 700, 740). */
export function createPypiRegistry(options: RegistryOptions): Registry {
  const http = createHttpClient();
  let setUp: Promise<PipConfig> | null = null;
  const read = () => readPipConfig({ ...options, signal: AbortSignal.timeout(30_000) });
  const prepare = () => {
    setUp ??= read().catch((error: unknown) => {
      setUp = null;
      throw error;
    });
    return setUp;
  };
  return keptRegistry({
    ...options,
    ecosystem: "pypi",
    folder: `${options.cacheDir}/pypi`,
    prepare,
    http,
    async choose(name) {
      const config = await prepare();
      return {
        source: config.indexes.map(withoutSecrets).join(" "),
        ask: (signal) => askIndexes(http, config.indexes, name, signal),
      };
    },
  });
}

/** pip takes a package from whichever index has it; the first that knows it speaks for it. */
async function askIndexes(
  http: HttpClient,
  indexes: readonly string[],
  name: string,
  signal: AbortSignal,
): Promise<Answer> {
  for (const index of indexes) {
    const base = index.endsWith("/") ? index : `${index}/`;
    const url = new URL(`${encodeURIComponent(name)}/`, withoutUser(base)).href;
    const { username, password } = new URL(base);
    const authorization =
      username === ""
        ? undefined
        : `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString("base64")}`;
    const answer = await http.send({ url, accept: ACCEPT, authorization, signal });
    if (answer.status === 404) continue;
    if (answer.status !== 200) throw refused(url, answer.status);
    const project = answer.contentType.includes("json")
      ? Project.safeParse(parseJson(answer.text)).data
      : fromHtml(answer.text);
    if (project === undefined) throw refused(url, "unreadable");
    return readProject(name, project);
  }
  return { name, exists: false, latest: null, versions: {} };
}

const File = z.object({
  filename: z.string().max(500),
  "upload-time": z.string().optional().catch(undefined),
  yanked: z.union([z.boolean(), z.string()]).optional().catch(undefined),
  provenance: z.string().nullable().optional().catch(undefined),
});
type File = z.infer<typeof File>;
const Project = z.object({ files: z.array(File) });

/** A page of PEP 503: names of files, and whether they were withdrawn. */
function fromHtml(page: string): { readonly files: readonly File[] } | undefined {
  if (!/<html|<!doctype/iu.test(page.slice(0, 1000))) return undefined;
  const files: File[] = [];
  for (const [, attributes = "", text = ""] of page.matchAll(
    /<a\s([^>]{0,5000})>([^<]{1,500})<\/a>/giu,
  )) {
    const yanked = /data-yanked(?:="([^"]*)")?/iu.exec(attributes);
    files.push({
      filename: text.trim(),
      ...(yanked !== null && { yanked: yanked[1] ?? true }),
    });
  }
  return { files };
}

/** What is kept of a project's page: each version with what its files say together. */
export function readProject(name: string, { files }: { readonly files: readonly File[] }): Answer {
  const byVersion = Map.groupBy(files, ({ filename }) => versionIn(filename, name) ?? "");
  byVersion.delete("");
  const tellsProvenance = files.some(({ provenance }) => typeof provenance === "string");
  const versions = Object.fromEntries(
    [...byVersion].map(([version, group]) => [version, versionOf(group, tellsProvenance)]),
  );
  return { name, exists: true, latest: latestOf(versions), versions };
}

function versionOf(files: readonly File[], tellsProvenance: boolean): VersionRecord {
  const times = files.flatMap((file) => instantOf(file["upload-time"]) ?? []).toSorted();
  const withdrawn = files.every(({ yanked }) => yanked !== undefined && yanked !== false);
  const reason = files.map(({ yanked }) => yanked).find((said) => typeof said === "string");
  const [publishedAt] = times;
  return {
    ...(publishedAt !== undefined && { publishedAt }),
    // Without a wheel, pip runs the package's build to install it.
    hasInstallScript: !files.some(({ filename }) => filename.endsWith(".whl")),
    ...(withdrawn && { deprecated: `withdrawn ${reason ?? ""}`.trim().slice(0, 500) }),
    ...(tellsProvenance && {
      attested: files.some(({ provenance }) => typeof provenance === "string"),
    }),
  };
}

/** The version in the name of a wheel (PEP 427) or a source archive (PEP 625, and older ones). */
export function versionIn(filename: string, name: string): string | null {
  if (filename.endsWith(".whl")) return filename.split("-")[1] ?? null;
  const stem = /^(.+)\.(?:tar\.(?:gz|bz2|xz)|zip|tgz)$/u.exec(filename)?.[1];
  if (stem === undefined) return null;
  const normal = (text: string): string => text.toLowerCase().replaceAll(/[-_.]+/gu, "-");
  for (let at = stem.indexOf("-"); at !== -1; at = stem.indexOf("-", at + 1)) {
    if (normal(stem.slice(0, at)) === normal(name)) return stem.slice(at + 1);
  }
  return null;
}

/** The newest final release that was not withdrawn. */
function latestOf(versions: Readonly<Record<string, VersionRecord>>): string | null {
  const final = Object.entries(versions)
    .filter(
      ([version, { deprecated }]) =>
        deprecated === undefined && /^[\d.]+(?:post\d+)?$/u.test(version),
    )
    .map(([version]) => version);
  return final.toSorted(byNumbers).at(-1) ?? null;
}

function byNumbers(a: string, b: string): number {
  const [left, right] = [asSemver(a), asSemver(b)];
  if (left !== null && right !== null) return rcompare(right, left);
  const [one, two] = [a, b].map((text) => text.split(".").map((part) => Number.parseInt(part, 10)));
  for (let at = 0; at < Math.max(one?.length ?? 0, two?.length ?? 0); at += 1) {
    const difference = (one?.[at] ?? 0) - (two?.[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function asSemver(version: string): string | null {
  const parts = version.split(".");
  return parts.length > 3
    ? null
    : valid(
        [...parts, "0", "0"]
          .slice(0, 3)
          .map((part) => part.replace(/^0+(?=\d)/u, ""))
          .join("."),
      );
}
