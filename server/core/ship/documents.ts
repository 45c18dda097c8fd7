import { utf8ToBytes } from "@noble/hashes/utils.js";
import canonicalize from "canonicalize";

import { type Digest, sha256Digest } from "../digest.ts";

/** Media types of the OCI image specification 1.1, of in-toto and of sigstore. */
export const MEDIA = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar",
  empty: "application/vnd.oci.empty.v1+json",
  statement: "application/vnd.in-toto+json",
  bundle: "application/vnd.dev.sigstore.bundle.v0.3+json",
  /** An envelope as `approve` signed it: with an SSH key, which a sigstore bundle has no place for. */
  envelope: "application/vnd.dsse.envelope.v1+json",
} as const;

/** What a manifest says of a blob. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly artifactType?: string;
  readonly platform?: { readonly architecture: string; readonly os: string };
}

/** A JSON document with its bytes' address. */
export interface Document {
  readonly mediaType: string;
  readonly text: string;
  readonly digest: Digest;
  readonly size: number;
}

/** A document in canonical JSON (RFC 8785): the same value gives the same bytes. */
export function documentOf(mediaType: string, value: unknown): Document {
  return textDocument(mediaType, canonicalize(value) ?? "");
}

/** A document of exactly this text. */
export function textDocument(mediaType: string, text: string): Document {
  return { mediaType, text, digest: sha256Digest(text), size: utf8ToBytes(text).length };
}

/** How a manifest points to a document. */
export function describe({ mediaType, digest, size }: Document): Descriptor {
  return { mediaType, digest, size };
}

/** The hex part of a digest. */
export function hexOf(digest: string): string {
  return digest.slice("sha256:".length);
}
