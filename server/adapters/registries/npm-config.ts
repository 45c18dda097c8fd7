import { readFile, stat } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";

import { z } from "zod";

import { GateError } from "../../engine/errors.ts";
import { CommandError, runCommand } from "../images/process.ts";
import { openRecordCache } from "./record-cache.ts";

/** Largest configuration file that is read, in bytes. */
const LARGEST = 1024 * 1024;
const DAY_MS = 24 * 60 * 60_000;

/** npm's configuration as the user's own npm has it. */
export interface NpmConfig {
  /** The registry that a package comes from, with a slash at its end. */
  registryOf(name: string, project: string | null): string;
  /** The header that the registry at an address wants; undefined without credentials for it. */
  authorizationFor(registry: string): string | undefined;
  readonly ca?: string;
  readonly proxy?: string;
  readonly noProxy?: string;
}

export interface NpmConfigOptions {
  readonly environment: NodeJS.ProcessEnv;
  readonly home?: string;
  readonly cacheDir: string;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

type Settings = ReadonlyMap<string, string>;

/**
 * Reads npm's configuration in npm's order: environment, the user's file, the global file, and what
 * npm itself has built in, which npm is asked for. Credentials come from these only, never from a
 * project. Throws GateError `registry-failed` where npm has to be asked and does not answer.
 */
export async function readNpmConfig(options: NpmConfigOptions): Promise<NpmConfig> {
  const { environment, home = homedir() } = options;
  const fromEnvironment = environmentSettings(environment);
  const userFile = fromEnvironment.get("userconfig") ?? join(home, ".npmrc");
  const user = parseNpmrc(await readBounded(userFile), environment);
  const asked =
    fromEnvironment.has("registry") || user.has("registry") ? null : await askNpm(options);
  const globalFile = fromEnvironment.get("globalconfig") ?? asked?.globalconfig;
  const text = globalFile === undefined ? "" : await readBounded(globalFile);
  const layers = [fromEnvironment, user, parseNpmrc(text, environment)];
  const find = (key: string, extra: Settings | null = null): string | undefined => {
    const [first, ...rest] = layers;
    const all = extra === null ? layers : [first, extra, ...rest];
    return all.map((layer) => layer?.get(key)).find((value) => value !== undefined);
  };
  const caFile = find("cafile");
  const ca = caFile === undefined ? find("ca") : await readBounded(caFile);
  const [proxy, noProxy] = [find("https-proxy") ?? find("proxy"), find("noproxy")];
  return {
    registryOf(name, project) {
      // A project chooses registries and nothing else: its credentials could be sent anywhere.
      const own = project === null ? null : parseNpmrc(project, {});
      const scope = /^(@[^/]+)\//u.exec(name)?.[1];
      const chosen = scope === undefined ? undefined : find(`${scope}:registry`, own);
      const registry = chosen ?? find("registry", own) ?? asked?.registry;
      if (registry === undefined) throw noRegistry();
      return registry.endsWith("/") ? registry : `${registry}/`;
    },
    authorizationFor: (registry) => authorizationOf(registry, (key) => find(key)),
    ...(ca !== undefined && ca !== "" && { ca: ca.replaceAll(String.raw`\n`, "\n") }),
    ...(proxy !== undefined && proxy !== "null" && { proxy }),
    ...(noProxy !== undefined && { noProxy }),
  };
}

/** An .npmrc: `key = value` lines; `${NAME}` stands for a variable of the environment. */
export function parseNpmrc(text: string, environment: NodeJS.ProcessEnv): Settings {
  const settings = new Map<string, string>();
  for (const line of text.split(/\r?\n/u)) {
    const [, key, value] =
      /^\s*([^;#=\s][^=]*?)\s*=\s*(.*?)\s*$/u.exec(line.slice(0, 10_000)) ?? [];
    if (key === undefined || value === undefined) continue;
    const bare = /^"(.*)"$|^'(.*)'$/u.exec(value);
    const plain = bare?.[1] ?? bare?.[2] ?? value;
    settings.set(
      key,
      plain.replaceAll(
        /(?<!\\)\$\{([^${}]+?)(\?)?\}/gu,
        (all, name: string, optional) => environment[name] ?? (optional === undefined ? all : ""),
      ),
    );
  }
  return settings;
}

function environmentSettings(environment: NodeJS.ProcessEnv): Settings {
  const settings = new Map<string, string>();
  for (const [name, value] of Object.entries(environment)) {
    const key = /^npm_config_(.+)$/iu.exec(name)?.[1];
    if (key === undefined || value === undefined || value === "") continue;
    settings.set(
      key.startsWith("@") || key.startsWith("//") ? key : key.toLowerCase().replaceAll("_", "-"),
      value,
    );
  }
  return settings;
}

/** Credentials are kept by the registry's address without its protocol, and hold for what is below it. */
function authorizationOf(
  registry: string,
  find: (key: string) => string | undefined,
): string | undefined {
  const parsed = URL.parse(registry);
  if (parsed === null) return undefined;
  if (parsed.username !== "") return basic(`${parsed.username}:${parsed.password}`);
  const parts = parsed.pathname.split("/").filter((part) => part !== "");
  for (let count = parts.length; count >= 0; count -= 1) {
    const path = parts
      .slice(0, count)
      .map((part) => `${part}/`)
      .join("");
    const place = `//${parsed.host}/${path}`;
    const token = find(`${place}:_authToken`);
    if (token !== undefined) return `Bearer ${token}`;
    const auth = find(`${place}:_auth`);
    if (auth !== undefined) return `Basic ${auth}`;
    const [user, password] = [find(`${place}:username`), find(`${place}:_password`)];
    if (user !== undefined && password !== undefined) {
      return basic(`${user}:${Buffer.from(password, "base64").toString("utf8")}`);
    }
  }
  return undefined;
}

function basic(pair: string): string {
  return `Basic ${Buffer.from(pair).toString("base64")}`;
}

const Answer = z.object({ registry: z.url(), globalconfig: z.string() });

/** What npm has where no file says anything; it is asked outside of every project, once a day. */
async function askNpm(options: NpmConfigOptions): Promise<z.infer<typeof Answer>> {
  const { environment, cacheDir, now, signal } = options;
  const cache = openRecordCache({
    folder: join(cacheDir, "clients"),
    schema: Answer,
    lifetime: () => DAY_MS,
    now,
  });
  const key = `npm ${environment["PATH"] ?? ""} ${environment["npm_config_globalconfig"] ?? ""}`;
  const kept = await cache.read(key);
  if (kept !== null) return kept;
  try {
    const text = await runCommand(["npm", "config", "get", "registry", "globalconfig"], {
      cwd: tmpdir(),
      environment,
      signal,
    });
    const said = Object.fromEntries(
      text.split("\n").flatMap((line) => {
        const [, name, value] = /^(\w+)=(.*)$/u.exec(line.trim()) ?? [];
        return name === undefined ? [] : [[name, value]];
      }),
    );
    const answer = Answer.parse(said);
    await cache.write(key, answer).catch(() => {});
    return answer;
  } catch (error) {
    if (!(error instanceof CommandError) && !(error instanceof z.ZodError)) throw error;
    throw noRegistry(error);
  }
}

function noRegistry(cause?: unknown): GateError {
  return new GateError("registry-failed", "npm's registry is not known: npm did not tell.", {
    remedy: "Install npm, or set `registry` in ~/.npmrc.",
    cause,
  });
}

async function readBounded(path: string): Promise<string> {
  if (!isAbsolute(path)) return "";
  try {
    const found = await stat(path);
    return found.isFile() && found.size <= LARGEST ? await readFile(path, "utf8") : "";
  } catch {
    return "";
  }
}
