import { z } from "zod";

import type { PackageRecord, VersionRecord } from "../../core/fact.ts";
import { printable } from "../../core/printable.ts";
import { GateError } from "../../engine/errors.ts";
import type { Registry } from "../../engine/fact-ports.ts";
import { createHttpClient, type HttpClient, withoutSecrets } from "./http.ts";
import { instantOf, keptRegistry } from "./kept-registry.ts";
import {
  type AttestedPackage,
  type ProvenanceTrust,
  readTrust,
  verifyAttestations,
} from "./npm-attestations.ts";
import { type NpmConfig, readNpmConfig } from "./npm-config.ts";
import { parseJson } from "./record-cache.ts";

export interface RegistryOptions {
  readonly environment: NodeJS.ProcessEnv;
  /** The user's home, where it is not the process's. */
  readonly home?: string;
  readonly cacheDir: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The npm registry that the user's npm is configured for, scopes and credentials included. */
export function createNpmRegistry(options: RegistryOptions): Registry {
  let setUp: Promise<{
    config: NpmConfig;
    trust: ProvenanceTrust | null;
    http: HttpClient;
  }> | null = null;
  const trustFile = options.environment["SHIPGATE_PROVENANCE_TRUST"] ?? "";
  const read = async () => {
    const config = await readNpmConfig({ ...options, signal: AbortSignal.timeout(20_000) });
    const trust = trustFile === "" ? null : await readTrust(trustFile);
    return { config, trust, http: createHttpClient(config) };
  };
  const prepare = () => {
    setUp ??= read().catch((error: unknown) => {
      setUp = null;
      throw error;
    });
    return setUp;
  };
  return keptRegistry({
    ...options,
    ecosystem: "npm",
    folder: `${options.cacheDir}/npm`,
    prepare,
    http: { prepare: async () => (await prepare()).http.prepare() },
    async choose(name, { project, versions = [] }) {
      const { config, trust, http } = await prepare();
      const registry = config.registryOf(name, project?.(".npmrc") ?? null);
      return {
        source: withoutSecrets(registry),
        ...(trust !== null && { variant: [trustFile, ...versions.toSorted()].join(" ") }),
        ask: async (signal: AbortSignal) => {
          const place = { registry, authorization: config.authorizationFor(registry), signal };
          const packument = await askNpm(http, place, name);
          if (packument === null) return { name, exists: false, latest: null, versions: {} };
          const said = readPackument(packument);
          if (trust === null) return said;
          return verified(said, packument, versions, (about) =>
            askAttestations(http, place, about, trust),
          );
        },
      };
    },
  });
}

interface Place {
  readonly registry: string;
  readonly authorization: string | undefined;
  readonly signal: AbortSignal;
}

/** The record with what verifying the attestations of the versions that matter came to. */
async function verified(
  said: Omit<PackageRecord, "source" | "time">,
  packument: Packument,
  wanted: readonly string[],
  verify: (about: AttestedPackage) => Promise<"verified" | "invalid" | "missing">,
): Promise<Omit<PackageRecord, "source" | "time">> {
  const versions: Record<string, VersionRecord> = { ...said.versions };
  for (const version of wanted) {
    const record = Object.hasOwn(versions, version) ? versions[version] : undefined;
    const integrity = packument.versions[version]?.dist?.integrity;
    if (record?.attested !== true || integrity === undefined) continue;
    const verdict = await verify({ name: said.name, version, integrity });
    versions[version] =
      verdict === "missing" ? { ...record, attested: false } : { ...record, provenance: verdict };
  }
  return { ...said, versions };
}

async function askAttestations(
  http: HttpClient,
  { registry, authorization, signal }: Place,
  about: AttestedPackage,
  trust: ProvenanceTrust,
): Promise<"verified" | "invalid" | "missing"> {
  const path = `-/npm/v1/attestations/${about.name.replace("/", "%2f")}@${encodeURIComponent(about.version)}`;
  const url = new URL(path, withoutUser(registry)).href;
  const answer = await http.send({ url, accept: "application/json", authorization, signal });
  if (answer.status === 404) return "missing";
  if (answer.status !== 200) throw refused(url, answer.status);
  return verifyAttestations(parseJson(answer.text), about, trust);
}

async function askNpm(
  http: HttpClient,
  { registry, authorization, signal }: Place,
  name: string,
): Promise<Packument | null> {
  const url = new URL(name.replace("/", "%2f"), withoutUser(registry)).href;
  const answer = await http.send({ url, accept: "application/json", authorization, signal });
  if (answer.status === 404) return null;
  if (answer.status !== 200) throw refused(url, answer.status);
  const packument = Packument.safeParse(parseJson(answer.text)).data;
  if (packument === undefined || packument.name !== name) throw refused(url, "unreadable");
  return packument;
}

/** The address without its user name and password: they go into the header. */
export function withoutUser(url: string): string {
  const parsed = new URL(url);
  parsed.username = "";
  parsed.password = "";
  return parsed.href;
}

/** The error of a registry that answered with something that is no answer. */
export function refused(url: string, how: number | "unreadable"): GateError {
  const what = how === "unreadable" ? "an answer that is not readable" : `HTTP ${how}`;
  const remedy =
    how === 401 || how === 403
      ? "Log in to the registry with the package manager, then check again."
      : "See that the package manager itself gets an answer, then check again.";
  return new GateError("registry-failed", `${printable(withoutSecrets(url))} gave ${what}.`, {
    remedy,
  });
}

const loose = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined);
const Version = z.object({
  scripts: loose(z.record(z.string(), z.unknown())),
  hasInstallScript: loose(z.boolean()),
  gypfile: loose(z.boolean()),
  deprecated: loose(z.union([z.string(), z.boolean()])),
  license: z.unknown().optional(),
  _npmUser: loose(z.object({ name: z.string().max(200) })),
  dist: loose(
    z.object({ attestations: z.unknown().optional(), integrity: loose(z.string().max(200)) }),
  ),
});
const Packument = z.object({
  name: z.string(),
  "dist-tags": loose(z.record(z.string(), z.string())),
  time: loose(z.record(z.string(), z.unknown())),
  versions: z.record(z.string(), Version).default({}),
});

type Packument = z.infer<typeof Packument>;

/** What is kept of a packument (npm's registry API). A version that was taken back is in `time` only. */
export function readPackument(packument: Packument): Omit<PackageRecord, "source" | "time"> {
  const { name, time = {}, versions, "dist-tags": tags = {} } = packument;
  const tellsAttestations = Object.values(versions).some(
    ({ dist }) => dist?.attestations !== undefined,
  );
  const read = Object.entries(versions).map(([version, said]) => {
    const publishedAt = instantOf(time[version]);
    return [version, versionOf(said, publishedAt, tellsAttestations)] as const;
  });
  return {
    name,
    // npm answers for a name whose every version was taken back, and installs nothing.
    exists: read.length > 0,
    latest: tags["latest"] ?? null,
    versions: Object.fromEntries(read),
  };
}

const AT_INSTALL = ["preinstall", "install", "postinstall"];

function versionOf(
  said: z.infer<typeof Version>,
  publishedAt: string | undefined,
  tellsAttestations: boolean,
): VersionRecord {
  const { scripts = {}, deprecated, dist, _npmUser: user } = said;
  const license = licenseOf(said.license);
  const runs = AT_INSTALL.some((script) => typeof scripts[script] === "string");
  return {
    ...(publishedAt !== undefined && { publishedAt }),
    hasInstallScript: runs || said.hasInstallScript === true || said.gypfile === true,
    ...(deprecated !== undefined &&
      deprecated !== false && { deprecated: deprecated === true ? "" : deprecated.slice(0, 500) }),
    ...(license !== undefined && { license }),
    ...(user !== undefined && { publisher: user.name }),
    ...(tellsAttestations && { attested: dist?.attestations !== undefined }),
  };
}

/** Old packages give an object, or a list of them. */
function licenseOf(license: unknown): string | undefined {
  const [first] = Array.isArray(license) ? (license as unknown[]) : [license];
  const text = typeof first === "object" && first !== null && "type" in first ? first.type : first;
  return typeof text === "string" && text !== "" ? text.slice(0, 200) : undefined;
}
