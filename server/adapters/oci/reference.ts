import type { Digest } from "../../core/digest.ts";
import { printable } from "../../core/printable.ts";
import { GateError } from "../../engine/errors.ts";

/** Where an image is, or is to be. */
export interface ImageReference {
  /** Host with port, such as `registry.example:5000`. */
  readonly host: string;
  /** Repository, such as `shop/export`. */
  readonly name: string;
  readonly tag: string | null;
  readonly digest: Digest | null;
}

const HOST = /^(?:\[[0-9a-f:]+\]|[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?)(?::[0-9]{1,5})?$/u;
// The distribution specification's own expressions.
const NAME = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/u;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/u;
const DIGEST = /^sha256:[0-9a-f]{64}$/u;

/**
 * Reads `host/name[:tag][@digest]`. The registry must be named: which one is meant is never guessed.
 * Throws GateError `bad-usage`.
 */
export function parseReference(text: string): ImageReference {
  const at = text.indexOf("@");
  const digest = at === -1 ? null : text.slice(at + 1);
  const rest = at === -1 ? text : text.slice(0, at);
  const slash = rest.indexOf("/");
  const host = rest.slice(0, Math.max(slash, 0));
  const path = rest.slice(slash + 1);
  const colon = path.lastIndexOf(":");
  const name = colon === -1 ? path : path.slice(0, colon);
  const tag = colon === -1 ? null : path.slice(colon + 1);
  const namesHost = /[.:]|^localhost$/u.test(host) && HOST.test(host);
  const isRight =
    namesHost &&
    name.length <= 255 &&
    NAME.test(name) &&
    (tag === null || TAG.test(tag)) &&
    (digest === null || DIGEST.test(digest));
  if (!isRight) {
    throw new GateError("bad-usage", `${printable(text)} is no name of an image in a registry.`, {
      remedy: "Write it with its registry, such as registry.example/shop/export:1.3.0.",
    });
  }
  return { host, name, tag, digest: digest as Digest | null };
}

/** The reference as it is written. */
export function writeReference({ host, name, tag, digest }: ImageReference): string {
  return `${host}/${name}${tag === null ? "" : `:${tag}`}${digest === null ? "" : `@${digest}`}`;
}

/** Whether a host is this machine itself: the only one that is spoken to without TLS. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/:[0-9]+$/u, "");
  return bare === "localhost" || bare === "[::1]" || /^127(?:\.[0-9]{1,3}){3}$/u.test(bare);
}
