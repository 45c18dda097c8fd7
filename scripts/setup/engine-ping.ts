import { readFileSync } from "node:fs";
import { request as requestPlain } from "node:http";
import { request as requestTls, type RequestOptions } from "node:https";
import { join } from "node:path";

import type { EngineEndpoint } from "./engine-endpoints.ts";

/** What an endpoint answered when asked who it is. */
export type EngineAnswer =
  | { readonly kind: "engine"; readonly version: string; readonly apiVersion: string }
  /** Reached through ssh by Docker's own means; not asked here. */
  | { readonly kind: "not-asked" }
  | { readonly kind: "refused"; readonly code: string; readonly message: string };

/** Asks an endpoint for its version; every failure is an answer. */
export async function askEngine(endpoint: EngineEndpoint): Promise<EngineAnswer> {
  if (endpoint.host.startsWith("ssh://")) return { kind: "not-asked" };
  try {
    const body = await getVersion(endpoint);
    const answer = JSON.parse(body) as { Version?: unknown; ApiVersion?: unknown };
    if (typeof answer.Version === "string" && typeof answer.ApiVersion === "string") {
      return { kind: "engine", version: answer.Version, apiVersion: answer.ApiVersion };
    }
    return { kind: "refused", code: "ENOTDOCKER", message: "it is no Docker Engine" };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { kind: "refused", code: code ?? "", message };
  }
}

async function getVersion(endpoint: EngineEndpoint): Promise<string> {
  const { send, options } = requestFor(endpoint);
  return new Promise((resolve, reject) => {
    const request = send(
      { ...options, path: "/version", method: "GET", headers: { host: "docker" }, timeout: 5000 },
      (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          body += chunk;
          if (body.length > 1_000_000) request.destroy(new Error("the answer is too long"));
        });
        response.on("error", reject);
        response.on("end", () =>
          response.statusCode === 200
            ? resolve(body)
            : reject(new Error(`it answered with status ${response.statusCode}`)),
        );
      },
    );
    request.on("timeout", () => request.destroy(new Error("it did not answer within 5 seconds")));
    request.on("error", reject);
    request.end();
  });
}

function requestFor(endpoint: EngineEndpoint): {
  send: typeof requestPlain;
  options: RequestOptions;
} {
  const socket = /^(?:unix|npipe):\/\/(.+)$/u.exec(endpoint.host);
  if (socket?.[1] !== undefined) return { send: requestPlain, options: { socketPath: socket[1] } };
  const url = new URL(endpoint.host.replace(/^tcp:/u, "http:"));
  const options = { hostname: url.hostname, port: url.port === "" ? "2375" : url.port };
  if (endpoint.certificates === null && url.protocol !== "https:") {
    return { send: requestPlain, options };
  }
  const file = (name: string): Buffer => readFileSync(join(endpoint.certificates ?? "", name));
  const tls =
    endpoint.certificates === null
      ? {}
      : { ca: file("ca.pem"), cert: file("cert.pem"), key: file("key.pem") };
  return { send: requestTls, options: { ...options, ...tls } };
}
