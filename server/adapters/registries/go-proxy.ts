import { tmpdir } from "node:os";

import { z } from "zod";

import type { PackageRecord, VersionRecord } from "../../core/fact.ts";
import { matchesGlob } from "../../core/policy/glob.ts";
import { GateError } from "../../engine/errors.ts";
import type { Registry } from "../../engine/fact-ports.ts";
import { CommandError, runCommand } from "../images/process.ts";
import { createHttpClient, type HttpClient, withoutSecrets } from "./http.ts";
import { instantOf, keptRegistry } from "./kept-registry.ts";
import { refused, type RegistryOptions, withoutUser } from "./npm.ts";
import { parseJson } from "./record-cache.ts";

const Settings = z.object({ GOPROXY: z.string(), GONOPROXY: z.string(), GOPRIVATE: z.string() });
type Settings = z.infer<typeof Settings>;

/** The module proxies that the user's go is configured for (https://go.dev/ref/mod#goproxy-protocol). */
export function createGoRegistry(options: RegistryOptions): Registry {
  const http = createHttpClient();
  let setUp: Promise<Settings> | null = null;
  const prepare = () => {
    setUp ??= askGo(options).catch((error: unknown) => {
      setUp = null;
      throw error;
    });
    return setUp;
  };
  return keptRegistry({
    ...options,
    ecosystem: "golang",
    folder: `${options.cacheDir}/golang`,
    prepare,
    http,
    async choose(name, { versions = [] }) {
      const settings = await prepare();
      const proxy = proxyFor(name, settings);
      return {
        source: withoutSecrets(proxy),
        // The proxy tells the time of a version only where it is asked for that one.
        variant: versions.toSorted().join(" "),
        ask: (signal: AbortSignal) => askProxy(http, proxy, name, versions, signal),
      };
    },
  });
}

/** go reads its environment and its own file of settings; a project has none. */
async function askGo({ environment, home }: RegistryOptions): Promise<Settings> {
  try {
    const text = await runCommand(["go", "env", "-json", "GOPROXY", "GONOPROXY", "GOPRIVATE"], {
      cwd: tmpdir(),
      environment: { ...environment, ...(home !== undefined && { HOME: home }) },
      signal: AbortSignal.timeout(20_000),
    });
    return Settings.parse(parseJson(text));
  } catch (error) {
    if (!(error instanceof CommandError) && !(error instanceof z.ZodError)) throw error;
    throw new GateError("registry-failed", "Go's module proxy is not known: go did not tell.", {
      remedy: "Install Go; `go env GOPROXY` must answer.",
      cause: error,
    });
  }
}

/** The first proxy of the list. A private module is never named to one. */
export function proxyFor(name: string, { GOPROXY, GONOPROXY, GOPRIVATE }: Settings): string {
  const isPrivate = (GONOPROXY === "" ? GOPRIVATE : GONOPROXY)
    .split(",")
    .some((glob) => glob !== "" && isPrefix(name, glob.trim()));
  const [first = ""] = GOPROXY.split(/[,|]/u).map((each) => each.trim());
  if (!isPrivate && /^https?:\/\//u.test(first)) return first;
  const why = isPrivate
    ? "it is private by GOPRIVATE or GONOPROXY"
    : `GOPROXY begins with "${first}"`;
  throw new GateError("registry-failed", `No module proxy may be asked: ${why}.`, {
    remedy: "Look at the module yourself, or put a proxy that may know it into GOPROXY.",
  });
}

/** A glob of GOPRIVATE stands for as many elements of a path as it has itself. */
function isPrefix(name: string, glob: string): boolean {
  const count = glob.split("/").length;
  const prefix = name.split("/").slice(0, count).join("/");
  return matchesGlob(prefix, glob, { ignoreCase: false });
}

const Info = z.object({ Version: z.string(), Time: z.string().optional() });

async function askProxy(
  http: HttpClient,
  proxy: string,
  name: string,
  wanted: readonly string[],
  signal: AbortSignal,
): Promise<Omit<PackageRecord, "source" | "time">> {
  const base = `${withoutUser(proxy).replace(/\/$/u, "")}/${escapePath(name)}`;
  const { username, password } = new URL(proxy);
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const authorization =
    username === "" ? undefined : `Basic ${Buffer.from(pair).toString("base64")}`;
  const get = async (path: string): Promise<string | null> => {
    const url = `${base}/${path}`;
    const { status, text } = await http.send({ url, accept: "*/*", authorization, signal });
    if (status === 404 || status === 410) return null;
    if (status !== 200) throw refused(url, status);
    return text;
  };
  const list = await get("@v/list");
  const versions: Record<string, VersionRecord> = {};
  for (const version of (list ?? "").split(/\s+/u).slice(0, 20_000)) {
    if (version !== "") versions[version] = {};
  }
  const infos = [...wanted.map((version) => `@v/${escapePath(version)}.info`), "@latest"];
  let latest: string | null = null;
  for (const path of infos) {
    const text = await get(path);
    if (text === null) continue;
    const info = Info.safeParse(parseJson(text)).data;
    if (info === undefined) throw refused(`${base}/${path}`, "unreadable");
    const publishedAt = instantOf(info.Time);
    versions[info.Version] = publishedAt === undefined ? {} : { publishedAt };
    if (path === "@latest") latest = info.Version;
  }
  return { name, exists: Object.keys(versions).length > 0, latest, versions };
}

/** https://go.dev/ref/mod#module-proxy: capitals are written as `!` and the small letter. */
export function escapePath(path: string): string {
  const safe = path.split("/").map((part) => encodeURIComponent(part).replaceAll("%2B", "+"));
  return safe
    .join("/")
    .replaceAll(/(?<!%[0-9A-F]?)[A-Z]/gu, (letter) => `!${letter.toLowerCase()}`);
}
