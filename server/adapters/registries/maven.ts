import { readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

import { DOMParser } from "@xmldom/xmldom";

import type { PackageRecord } from "../../core/fact.ts";
import { GateError } from "../../engine/errors.ts";
import type { Registry } from "../../engine/fact-ports.ts";
import { createHttpClient, type HttpClient, withoutSecrets } from "./http.ts";
import { keptRegistry } from "./kept-registry.ts";
import { refused, type RegistryOptions, withoutUser } from "./npm.ts";

const LARGEST = 1024 * 1024;

/** The mirror of Maven's central repository that the user's settings.xml names. */
export function createMavenRegistry(options: RegistryOptions): Registry {
  const http = createHttpClient();
  const file = join(options.home ?? homedir(), ".m2", "settings.xml");
  const prepare = () => findMirror(file);
  return keptRegistry({
    ...options,
    ecosystem: "maven",
    folder: `${options.cacheDir}/maven`,
    prepare,
    http,
    async choose(name) {
      const mirror = await prepare();
      return {
        source: withoutSecrets(mirror),
        ask: (signal: AbortSignal) => askMirror(http, mirror, name, signal),
      };
    },
  });
}

async function findMirror(file: string): Promise<string> {
  const found = await stat(file).catch(() => null);
  const text =
    found?.isFile() === true && found.size <= LARGEST ? await readFile(file, "utf8") : "";
  const mirror = text === "" ? null : mirrorIn(text);
  if (mirror !== null) return mirror;
  throw new GateError(
    "registry-failed",
    "Maven's repository is not known: settings.xml names no mirror of central.",
    {
      remedy: "Add a `<mirror>` with `<mirrorOf>central</mirrorOf>` to ~/.m2/settings.xml.",
    },
  );
}

/** The address of the first mirror of everything, or of central. */
export function mirrorIn(settings: string): string | null {
  const root = parseXml(settings);
  for (const mirror of root?.getElementsByTagName("mirror") ?? []) {
    const text = (tag: string): string =>
      mirror.getElementsByTagName(tag)[0]?.textContent?.trim() ?? "";
    const of = text("mirrorOf")
      .split(",")
      .map((each) => each.trim());
    const covers = of.some((each) => each === "*" || each === "central" || each === "external:*");
    if (covers && !of.includes("!central") && /^https?:\/\//u.test(text("url"))) return text("url");
  }
  return null;
}

async function askMirror(
  http: HttpClient,
  mirror: string,
  name: string,
  signal: AbortSignal,
): Promise<Omit<PackageRecord, "source" | "time">> {
  const [group = "", artifact = ""] = name.split(":");
  const path = [...group.split("."), artifact].map(encodeURIComponent).join("/");
  const base = mirror.endsWith("/") ? mirror : `${mirror}/`;
  const url = new URL(`${path}/maven-metadata.xml`, withoutUser(base)).href;
  const { status, text } = await http.send({ url, accept: "application/xml", signal });
  if (status === 404) return { name, exists: false, latest: null, versions: {} };
  if (status !== 200) throw refused(url, status);
  const root = parseXml(text);
  const versions = [...(root?.getElementsByTagName("version") ?? [])].flatMap(
    ({ textContent }) => textContent?.trim() ?? [],
  );
  if (root?.tagName !== "metadata" || versions.length === 0) throw refused(url, "unreadable");
  const release = root.getElementsByTagName("release")[0]?.textContent?.trim();
  return {
    name,
    exists: true,
    latest: release ?? versions.at(-1) ?? null,
    versions: Object.fromEntries(versions.map((version) => [version, {}])),
  };
}

/** No entities of one's own: their expansion could fill the memory. */
function parseXml(text: string) {
  if (/<!(?:DOCTYPE|ENTITY)/iu.test(text)) return null;
  try {
    const parser = new DOMParser({ onError: () => {} });
    return parser.parseFromString(text, "text/xml").documentElement;
  } catch {
    return null;
  }
}
