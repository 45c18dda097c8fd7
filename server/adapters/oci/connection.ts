import { z } from "zod";

import { printable } from "../../core/printable.ts";
import { cancelled, GateError } from "../../engine/errors.ts";
import { type Credentials, findCredentials } from "./credentials.ts";
import { isLoopback } from "./reference.ts";

/** One request to a registry. The body is bytes, so that it can be sent again after a challenge. */
export interface RegistryRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path, or the address that the registry itself gave for an upload. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

/** Speaks to one registry about one repository, with the user's credentials. */
export interface Connection {
  /** Sends a request and gives the answer, whatever its status. Throws GateError `registry-failed`, `cancelled`. */
  send(request: RegistryRequest): Promise<Response>;
}

const Token = z.object({ token: z.string().optional(), access_token: z.string().optional() });
const PATIENCE_MS = 5 * 60_000;
const LONGEST_TOKEN = 64 * 1024;

export interface ConnectOptions {
  readonly host: string;
  readonly name: string;
  /** What the token is asked for. */
  readonly actions: "pull" | "pull,push";
  readonly signal: AbortSignal;
  readonly environment?: NodeJS.ProcessEnv;
}

/** A connection over HTTPS; over plain HTTP to this machine itself and nowhere else. */
export function connectRegistry(options: ConnectOptions): Connection {
  const { host, signal } = options;
  const origin = `${isLoopback(host) ? "http" : "https"}://${host}`;
  let authorization: string | null = null;
  const send = async (request: RegistryRequest): Promise<Response> => {
    const url = new URL(request.url, origin);
    // An upload may be taken elsewhere by the registry: our credentials do not go along.
    const isHome = url.origin === origin;
    if (!isHome && url.protocol !== "https:" && !isLoopback(url.host))
      throw registryFailed(host, `sends us to ${url.origin}, which is not protected by TLS`);
    const attempt = () => fetchOnce(url, request, isHome ? authorization : null, host, signal);
    const first = await attempt();
    if (first.status !== 401 || !isHome) return first;
    await first.body?.cancel();
    authorization = await answerChallenge(first.headers.get("www-authenticate") ?? "", options);
    return attempt();
  };
  return { send };
}

/** The error of a registry that cannot be reached or does not do what is asked. */
export function registryFailed(host: string, what: string, cause?: unknown): GateError {
  return new GateError("registry-failed", `The registry ${printable(host)} ${what}.`, {
    remedy: "See that it is reachable and that `docker login` was done for it, then try again.",
    cause,
  });
}

async function fetchOnce(
  url: URL,
  { method, headers = {}, body }: RegistryRequest,
  authorization: string | null,
  host: string,
  signal: AbortSignal,
): Promise<Response> {
  try {
    return await fetch(url, {
      method,
      headers: { ...headers, ...(authorization === null ? {} : { authorization }) },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
    });
  } catch (error) {
    if (signal.aborted) throw cancelled("Talking to the registry");
    const cause = error instanceof Error ? error.cause : undefined;
    const why = cause instanceof Error ? cause.message : String(error);
    throw registryFailed(host, `does not answer: ${printable(why, 300)}`, error);
  }
}

/** What to send after a 401: Basic, or a token of the realm that the registry names (RFC 6750, distribution's token specification). */
async function answerChallenge(challenge: string, options: ConnectOptions): Promise<string> {
  const { host } = options;
  const credentials = await findCredentials(host, options.environment);
  const scheme = /^\s*(?<scheme>[a-z]+)/iu.exec(challenge)?.groups?.["scheme"]?.toLowerCase();
  if (scheme === "basic" && credentials?.kind === "password") return basic(credentials);
  if (scheme === "basic") throw registryFailed(host, "wants a user and a password");
  if (scheme !== "bearer") throw registryFailed(host, "asks for an unknown kind of log-in");
  return `Bearer ${await fetchToken(challenge, credentials, options)}`;
}

function basic({ username, secret }: Extract<Credentials, { kind: "password" }>): string {
  return `Basic ${Buffer.from(`${username}:${secret}`, "utf8").toString("base64")}`;
}

async function fetchToken(
  challenge: string,
  credentials: Credentials | null,
  { host, name, actions, signal }: ConnectOptions,
): Promise<string> {
  const parameter = (key: string) => new RegExp(`${key}="([^"]*)"`, "u").exec(challenge)?.[1];
  const realm = URL.parse(parameter("realm") ?? "");
  if (realm === null || (realm.protocol !== "https:" && !isLoopback(realm.host)))
    throw registryFailed(host, "names no safe place to log in");
  const service = parameter("service") ?? host;
  const scope = `repository:${name}:${actions}`;
  const isRefresh = credentials?.kind === "token";
  const asked = new URLSearchParams({ service, scope, client_id: "shipgate" });
  if (isRefresh) {
    asked.set("grant_type", "refresh_token");
    asked.set("refresh_token", credentials.secret);
  } else realm.search = asked.toString();
  const answer = await fetchOnce(
    realm,
    isRefresh
      ? {
          method: "POST",
          url: "",
          headers: { "content-type": "application/x-www-form-urlencoded" },
          body: asked.toString(),
        }
      : { method: "GET", url: "" },
    credentials?.kind === "password" ? basic(credentials) : null,
    host,
    signal,
  );
  const text = answer.ok ? await answer.text() : "";
  const parsed = Token.safeParse(text.length > LONGEST_TOKEN ? null : parseJson(text));
  const token = parsed.success ? (parsed.data.token ?? parsed.data.access_token) : undefined;
  if (token === undefined || !/^[\x21-\x7e]+$/u.test(token))
    throw registryFailed(host, `does not let us in (${answer.status})`);
  return token;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
