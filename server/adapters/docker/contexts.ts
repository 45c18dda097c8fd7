import { createHash } from "node:crypto";
import { join } from "node:path";

import { z } from "zod";

/** Where an engine listens. */
export type EngineAddress =
  | { readonly kind: "socket"; readonly path: string }
  | {
      readonly kind: "tcp";
      readonly host: string;
      readonly port: number;
      /** Folder with `ca.pem`, `cert.pem` and `key.pem`; null for a connection in the clear. */
      readonly certificates: string | null;
    }
  | {
      readonly kind: "ssh";
      readonly host: string;
      readonly port: number;
      readonly user: string | null;
    };

/**
 * Reads what DOCKER_HOST or a context says: `unix://`, `npipe://`, `tcp://`, `http(s)://`, `ssh://`
 * or a plain path. Null where it is none of them.
 */
export function parseEngineHost(text: string, certificates: string | null): EngineAddress | null {
  const path =
    /^(?:unix|npipe):\/\/(.+)$/.exec(text)?.[1] ?? (text.startsWith("/") ? text : undefined);
  if (path !== undefined) return { kind: "socket", path };
  const url = URL.parse(text.replace(/^tcp:/, "http:"));
  if (!url || url.hostname === "") return null;
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  if (url.protocol === "ssh:") {
    return { kind: "ssh", host, port: Number(url.port) || 22, user: decode(url.username) };
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") return null;
  // URL leaves out the port of its scheme: 80 for what was written as tcp://host:80.
  const written = /:(\d+)\/?$/.exec(text)?.[1];
  const isSecure = certificates !== null || url.protocol === "https:";
  return { kind: "tcp", host, port: Number(written ?? (isSecure ? 2376 : 2375)), certificates };
}

/** Name of the context that is switched on; null for none or for `default`. */
export function currentContext(
  environment: NodeJS.ProcessEnv,
  config: string | null,
): string | null {
  const name = environment["DOCKER_CONTEXT"] ?? parse(ConfigFile, config)?.currentContext ?? "";
  return name === "" || name === "default" ? null : name;
}

/** Files of a context under Docker's folder; they are named by the hash of its name. */
export function contextFiles(folder: string, name: string): { meta: string; certificates: string } {
  const id = createHash("sha256").update(name).digest("hex");
  return {
    meta: join(folder, "contexts", "meta", id, "meta.json"),
    certificates: join(folder, "contexts", "tls", id, "docker"),
  };
}

/** The engine of a context's `meta.json`; null where the file says none that can be used. */
export function parseContext(meta: string, certificates: string | null): EngineAddress | null {
  const host = parse(ContextFile, meta)?.Endpoints.docker.Host;
  return host === undefined ? null : parseEngineHost(host, certificates);
}

const ConfigFile = z.object({ currentContext: z.string().optional() });
const ContextFile = z.object({ Endpoints: z.object({ docker: z.object({ Host: z.string() }) }) });

function parse<T>(schema: z.ZodType<T>, text: string | null): T | null {
  if (text === null) return null;
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

function decode(user: string): string | null {
  return user === "" ? null : decodeURIComponent(user);
}
