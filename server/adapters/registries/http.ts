import { setTimeout as sleep } from "node:timers/promises";

import type { EnvHttpProxyAgent, Response } from "undici";

import { printable } from "../../core/printable.ts";
import { GateError } from "../../engine/errors.ts";

/** Largest answer, in bytes: the largest known list of versions, twice. */
const LARGEST = 64 * 1024 * 1024;
const MOST_REDIRECTS = 3;
/** Longest pause that a registry may ask for before the one retry, in milliseconds. */
const LONGEST_PAUSE_MS = 2_000;
/** Requests at once and per second, to one host. */
const AT_ONCE = 8;
const PER_SECOND = 50;
const TIMEOUT_MS = 20_000;

export interface HttpRequest {
  readonly url: string;
  readonly accept: string;
  /** Sent to the host of `url` and to no other. */
  readonly authorization?: string | undefined;
  /** Sent as JSON with POST; left out: a GET. */
  readonly body?: unknown;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/** How to reach hosts: certificates and proxies as a client is configured. Environment variables count, too. */
export interface HttpOptions {
  readonly ca?: string;
  readonly proxy?: string;
  readonly noProxy?: string;
}

export interface HttpClient {
  /** Loads what sending needs. */
  prepare(): Promise<void>;
  /** One request, bounded in time and size. Throws GateError `registry-failed`. */
  send(request: HttpRequest): Promise<HttpAnswer>;
}

/** A client that is polite to each host and never carries credentials from one host to another. */
export function createHttpClient({ ca, proxy, noProxy }: HttpOptions = {}): HttpClient {
  let dispatcher: EnvHttpProxyAgent | null = null;
  const gates = new Map<string, HostGate>();
  const once = async (request: HttpRequest): Promise<Response> => {
    // Loaded when something is asked: most reviews find all that they need on this machine.
    const undici = await import("undici");
    dispatcher ??= new undici.EnvHttpProxyAgent({
      ...(ca !== undefined && { connect: { ca }, requestTls: { ca } }),
      ...(proxy !== undefined && { httpProxy: proxy, httpsProxy: proxy }),
      ...(noProxy !== undefined && { noProxy }),
    });
    const agent = dispatcher;
    let { url, authorization } = request;
    for (let hops = 0; hops <= MOST_REDIRECTS; hops += 1) {
      const { host, protocol } = parseUrl(url);
      const gate = gates.get(host) ?? new HostGate();
      gates.set(host, gate);
      const response = await gate.pass(() =>
        undici.fetch(url, {
          dispatcher: agent,
          redirect: "manual",
          signal: AbortSignal.any([request.signal, AbortSignal.timeout(TIMEOUT_MS)]),
          headers: {
            accept: request.accept,
            ...(authorization !== undefined && { authorization }),
            ...(request.body !== undefined && { "content-type": "application/json" }),
          },
          ...(request.body !== undefined && {
            method: "POST",
            body: JSON.stringify(request.body),
          }),
        }),
      );
      const location = response.headers.get("location");
      if (response.status < 300 || response.status >= 400 || location === null) return response;
      await response.body?.cancel();
      const next = new URL(location, url);
      if (protocol === "https:" && next.protocol !== "https:")
        throw failed(url, "it redirects to an unprotected address");
      if (next.host !== host) authorization = undefined;
      url = next.href;
    }
    throw failed(request.url, "it redirects in circles");
  };
  return {
    prepare: async () => {
      await import("undici");
    },
    async send(request) {
      try {
        let response = await once(request);
        if (response.status === 429 || response.status === 503) {
          const pause = Number(response.headers.get("retry-after") ?? "1") * 1000;
          await response.body?.cancel();
          if (!(pause <= LONGEST_PAUSE_MS))
            throw failed(request.url, "it asks to be left alone for a while");
          await sleep(pause, undefined, { signal: request.signal });
          response = await once(request);
        }
        const contentType = response.headers.get("content-type") ?? "";
        return {
          status: response.status,
          contentType,
          text: await readBody(response, request.url),
        };
      } catch (error) {
        if (GateError.is(error)) throw error;
        throw failed(request.url, reasonOf(error), error);
      }
    },
  };
}

/** Lets a few requests through at once, and not too many a second. */
class HostGate {
  #running = 0;
  #next = 0;
  readonly #waiting: (() => void)[] = [];

  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= AT_ONCE) await new Promise<void>((go) => this.#waiting.push(go));
    this.#running += 1;
    try {
      const now = performance.now();
      this.#next = Math.max(now, this.#next + 1000 / PER_SECOND);
      if (this.#next > now) await sleep(this.#next - now);
      return await work();
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }
}

async function readBody(response: Response, url: string): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += (piece as Uint8Array).byteLength;
    if (size > LARGEST) throw failed(url, "its answer is too large");
    pieces.push(piece as Uint8Array);
  }
  return Buffer.concat(pieces).toString("utf8");
}

function parseUrl(url: string): URL {
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/u.test(parsed.protocol)) {
    throw failed(url, "that is no address of the web");
  }
  return parsed;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "it did not answer in time";
  const { cause } = error;
  return cause instanceof Error && cause.message !== "" ? cause.message : error.message;
}

function failed(url: string, why: string, cause?: unknown): GateError {
  return new GateError(
    "registry-failed",
    `${printable(withoutSecrets(url))} gave no answer: ${printable(why)}.`,
    {
      remedy: "See that the package manager itself reaches it, then check again.",
      cause,
    },
  );
}

/** An address without user name, password and query. */
export function withoutSecrets(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null) return "The configured address";
  return `${parsed.origin}${parsed.pathname}`;
}
