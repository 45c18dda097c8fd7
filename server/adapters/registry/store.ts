import type { Digest } from "../../core/digest.ts";
import type { Document } from "../../core/ship/documents.ts";

/** A blob with a way to its bytes; opened once for each time that it is written. */
export interface BlobSource {
  readonly digest: Digest;
  readonly size: number;
  open(): AsyncIterable<Uint8Array>;
}

/** A manifest as it was stored, its bytes checked against the digest that was asked for. */
export interface StoredManifest {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly text: string;
}

/**
 * Where images live: a registry's repository or an OCI layout on disk. Everything that is read is
 * hostile and comes back only if its bytes have the digest that was asked for.
 */
export interface ImageStore {
  /** The name of the place, for people. */
  readonly place: string;
  hasBlob(digest: Digest): Promise<boolean>;
  putBlob(blob: BlobSource): Promise<void>;
  /** Stores a manifest or an index; under a tag too, where one is given. */
  putManifest(document: Document, tag?: string): Promise<void>;
  /** A manifest by digest or tag; null where there is none. */
  getManifest(reference: string): Promise<StoredManifest | null>;
  /** A small blob, bounded by `limit` bytes; null where there is none. */
  getBlob(digest: Digest, limit: number): Promise<Uint8Array | null>;
  /** Reads a blob to its end and compares: `same`, `other` bytes than its digest says, or `missing`. */
  checkBlob(digest: Digest, size: number): Promise<"same" | "other" | "missing">;
}

/** Bytes of a document as a blob. */
export function blobOf({ digest, size, text }: Document): BlobSource {
  return { digest, size, open: () => oneChunk(Buffer.from(text, "utf8")) };
}

async function* oneChunk(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
