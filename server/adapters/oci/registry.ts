import { createHash } from "node:crypto";

import { type Digest, sha256Digest } from "../../core/digest.ts";
import { printable } from "../../core/printable.ts";
import { MEDIA } from "../../core/ship/documents.ts";
import { GateError } from "../../engine/errors.ts";
import type { BlobSource, ImageStore } from "../../engine/ship-ports.ts";
import {
  type Connection,
  type ConnectOptions,
  connectRegistry,
  registryFailed,
} from "./connection.ts";

/** Largest manifest that is read, in bytes; registries take no larger ones. */
const LARGEST_MANIFEST = 4 * 1024 * 1024;
/** Bytes that one request of an upload carries. */
const CHUNK = 16 * 1024 * 1024;
const ACCEPTED = [
  MEDIA.index,
  MEDIA.manifest,
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** A registry's repository, by the OCI distribution specification 1.1. Throws GateError `registry-failed`. */
export function openRegistry(options: ConnectOptions): ImageStore {
  const { host, name } = options;
  const connection = connectRegistry(options);
  const base = `/v2/${name}`;
  return {
    place: `${host}/${name}`,
    hasBlob: (digest) => has(connection, host, `${base}/blobs/${digest}`),
    putBlob: (blob) => uploadBlob(connection, host, base, blob),
    putManifest: async (document, tag) => {
      const headers = { "content-type": document.mediaType };
      for (const reference of tag === undefined ? [document.digest] : [document.digest, tag]) {
        const url = `${base}/manifests/${reference}`;
        const answer = await connection.send({ method: "PUT", url, headers, body: document.text });
        await expectStatus(answer, host, "took no manifest", 201);
      }
    },
    getManifest: async (reference) => {
      const url = `${base}/manifests/${reference}`;
      const answer = await connection.send({ method: "GET", url, headers: { accept: ACCEPTED } });
      if (answer.status === 404) return discard(answer);
      if (!answer.ok) throw await refused(answer, host, "gave no manifest");
      const bytes = await readBounded(answer, LARGEST_MANIFEST, host);
      const digest = sha256Digest(bytes);
      if (reference.startsWith("sha256:") && digest !== reference)
        throw badContent(host, "manifest", reference);
      const mediaType = (answer.headers.get("content-type") ?? "").split(";", 1)[0] ?? "";
      return { mediaType, digest, text: Buffer.from(bytes).toString("utf8") };
    },
    getBlob: async (digest, limit) => {
      const answer = await connection.send({ method: "GET", url: `${base}/blobs/${digest}` });
      if (answer.status === 404) return discard(answer);
      if (!answer.ok) throw await refused(answer, host, "gave no blob");
      const bytes = await readBounded(answer, limit, host);
      if (sha256Digest(bytes) !== digest) throw badContent(host, "blob", digest);
      return bytes;
    },
    checkBlob: async (digest, size) => {
      const answer = await connection.send({ method: "GET", url: `${base}/blobs/${digest}` });
      if (answer.status === 404) return discard(answer) ?? "missing";
      if (!answer.ok) throw await refused(answer, host, "gave no blob");
      return (await hashesTo(answer, digest, size)) ? "same" : "other";
    },
  };
}

async function has(connection: Connection, host: string, url: string): Promise<boolean> {
  const answer = await connection.send({ method: "HEAD", url });
  if (answer.status === 404) return false;
  if (answer.ok) return true;
  throw await refused(answer, host, "does not say whether it has a blob");
}

/** Sends a blob in pieces, so that a large one is never whole in memory; one that is there is not sent. */
async function uploadBlob(
  connection: Connection,
  host: string,
  base: string,
  blob: BlobSource,
): Promise<void> {
  if (await has(connection, host, `${base}/blobs/${blob.digest}`)) return;
  const started = await connection.send({ method: "POST", url: `${base}/blobs/uploads/` });
  await expectStatus(started, host, "takes no upload", 202);
  let place = uploadPlace(started, host);
  let at = 0;
  for await (const piece of inPieces(blob.open())) {
    const headers = {
      "content-type": "application/octet-stream",
      "content-range": `${at}-${at + piece.byteLength - 1}`,
    };
    const answer = await connection.send({ method: "PATCH", url: place, headers, body: piece });
    await expectStatus(answer, host, "did not take a piece of an upload", 202);
    place = uploadPlace(answer, host);
    at += piece.byteLength;
  }
  const last = new URL(place, "http://localhost");
  last.searchParams.set("digest", blob.digest);
  const url = /^https?:/u.test(place) ? last.href : `${last.pathname}${last.search}`;
  const ended = await connection.send({ method: "PUT", url });
  await expectStatus(ended, host, "did not keep an upload", 201);
}

function uploadPlace(answer: Response, host: string): string {
  const place = answer.headers.get("location");
  if (place === null) throw registryFailed(host, "does not say where an upload goes");
  return place;
}

async function* inPieces(
  source: AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array<ArrayBuffer>> {
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of source) {
    waiting.push(chunk);
    bytes += chunk.byteLength;
    if (bytes < CHUNK) continue;
    yield Buffer.concat(waiting);
    [waiting, bytes] = [[], 0];
  }
  if (bytes > 0) yield Buffer.concat(waiting);
}

async function readBounded(answer: Response, limit: number, host: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of bodyOf(answer)) {
    bytes += chunk.byteLength;
    if (bytes > limit) throw registryFailed(host, "gave more than a document can have");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function hashesTo(answer: Response, digest: Digest, size: number): Promise<boolean> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of bodyOf(answer)) {
    bytes += chunk.byteLength;
    if (bytes > size) return false;
    hash.update(chunk);
  }
  return bytes === size && `sha256:${hash.digest("hex")}` === digest;
}

function bodyOf(answer: Response): AsyncIterable<Uint8Array> {
  return (answer.body ??
    new ReadableStream({ start: (end) => end.close() })) as AsyncIterable<Uint8Array>;
}

async function expectStatus(
  answer: Response,
  host: string,
  what: string,
  status: number,
): Promise<void> {
  if (answer.status !== status) throw await refused(answer, host, what);
  await answer.body?.cancel();
}

async function refused(answer: Response, host: string, what: string) {
  await answer.body?.cancel();
  return registryFailed(host, `${what} (${answer.status})`);
}

function badContent(host: string, kind: string, digest: string): GateError {
  return new GateError(
    "bad-content",
    `The registry ${printable(host)} gave another ${kind} than ${digest}.`,
    { remedy: "Do not trust it: find out who changed what it keeps." },
  );
}

function discard(answer: Response): null {
  void answer.body?.cancel().catch(() => undefined);
  return null;
}
