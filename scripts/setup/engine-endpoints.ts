import { createHash } from "node:crypto";
import { join } from "node:path";

/** One place where a Docker Engine may answer. */
export interface EngineEndpoint {
  /** As DOCKER_HOST writes it: `unix:///path`, `tcp://host:port` or `ssh://host`. */
  readonly host: string;
  /** Folder with ca.pem, cert.pem and key.pem; null without TLS. */
  readonly certificates: string | null;
  /** Who said so, for people. */
  readonly source: string;
  /** The user chose it: where it does not answer, nothing else is tried or started. */
  readonly isStated: boolean;
}

/** What the search reads; files are read through it so that it can be tested without any. */
export interface EngineSurroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly home: string;
  readonly uid: number | undefined;
  readonly readText: (path: string) => string | null;
  readonly exists: (path: string) => boolean;
}

/**
 * The places to try, in order. What the user states is the only one: DOCKER_HOST, else the chosen
 * context. Without either, the usual sockets that exist.
 */
export function listEngineEndpoints(around: EngineSurroundings): readonly EngineEndpoint[] {
  const { env } = around;
  const host = env["DOCKER_HOST"];
  if (host !== undefined && host !== "") {
    return [
      { host, certificates: statedCertificates(around), source: "DOCKER_HOST", isStated: true },
    ];
  }
  const context = chosenContext(around);
  if (context !== null) return [context];
  return usualSockets(around)
    .filter(([path]) => around.exists(path))
    .map(([path, source]) => ({
      host: `unix://${path}`,
      certificates: null,
      source,
      isStated: false,
    }));
}

/** The variables that make Docker's own clients, and ours, use an endpoint. */
export function endpointVariables(endpoint: EngineEndpoint): Record<string, string> {
  const host = { DOCKER_HOST: endpoint.host };
  if (endpoint.certificates === null) return host;
  return { ...host, DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: endpoint.certificates };
}

function statedCertificates({ env, home }: EngineSurroundings): string | null {
  if ((env["DOCKER_TLS_VERIFY"] ?? "") === "") return null;
  return env["DOCKER_CERT_PATH"] ?? join(home, ".docker");
}

function chosenContext(around: EngineSurroundings): EngineEndpoint | null {
  const folder = around.env["DOCKER_CONFIG"] ?? join(around.home, ".docker");
  const stated = around.env["DOCKER_CONTEXT"];
  const name =
    stated ?? text(parse(around.readText(join(folder, "config.json")), "currentContext"));
  if (name === null || name === "" || name === "default") return null;
  const id = createHash("sha256").update(name).digest("hex");
  const meta = parse(
    around.readText(join(folder, "contexts", "meta", id, "meta.json")),
    "Endpoints",
  );
  const host = text(property(property(meta, "docker"), "Host"));
  if (host === null) return null;
  const tls = join(folder, "contexts", "tls", id, "docker");
  return {
    host,
    certificates: around.exists(tls) ? tls : null,
    source: `Docker context ${JSON.stringify(name)}`,
    isStated: true,
  };
}

function usualSockets({ env, home, uid }: EngineSurroundings): readonly [string, string][] {
  const runtime = env["XDG_RUNTIME_DIR"] ?? `/run/user/${uid ?? 0}`;
  return [
    ["/var/run/docker.sock", "the system's Docker Engine"],
    [join(runtime, "docker.sock"), "rootless Docker"],
    [join(home, ".docker/run/docker.sock"), "Docker Desktop"],
    [join(home, ".docker/desktop/docker.sock"), "Docker Desktop"],
    [join(home, ".colima/default/docker.sock"), "Colima"],
    [join(home, ".config/colima/default/docker.sock"), "Colima"],
    [join(home, ".orbstack/run/docker.sock"), "OrbStack"],
    [join(home, ".rd/docker.sock"), "Rancher Desktop"],
    [join(home, ".lima/docker/sock/docker.sock"), "Lima"],
    [join(runtime, "podman/podman.sock"), "Podman"],
    [join(home, ".local/share/containers/podman/machine/podman.sock"), "Podman"],
    ["/run/podman/podman.sock", "Podman"],
  ];
}

function parse(json: string | null, key: string): unknown {
  try {
    return json === null ? null : property(JSON.parse(json), key);
  } catch {
    return null;
  }
}

function property(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && key in value
    ? (value as Record<string, unknown>)[key]
    : null;
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
