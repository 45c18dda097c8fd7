import type { Digest } from "../core/digest.ts";
import type { GitObjectId } from "../core/edit.ts";
import type { ImagePart } from "../core/images/parts.ts";
import type { InstallPlan } from "../core/install/plan.ts";
import type { CommittedFile } from "../core/ship/contents.ts";
import type { Document } from "../core/ship/documents.ts";
import type { BaseImage, ShippedLayer } from "../core/ship/image.ts";
import type { Progress } from "./ports.ts";

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
 * hostile and comes back only if its bytes have the digest that was asked for; other bytes are a
 * GateError `bad-content`.
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

/** What is shipped, as git knows it. */
export interface ShippedCommit {
  readonly commit: GitObjectId;
  readonly tree: GitObjectId;
  /** ISO 8601, UTC. */
  readonly time: string;
  /** Null where HEAD is detached. */
  readonly branch: string | null;
  /** The address of `origin` without credentials; null where there is none, or it is a path of this machine. */
  readonly source: string | null;
}

/** An image to stand on, with what it is made of. */
export interface OpenedBase {
  readonly image: BaseImage;
  readonly parts: readonly ImagePart[];
}

/** Makes the layers of a shipped image. */
export interface Shipyard {
  /** The commit that HEAD names. Throws GateError `no-commits`. */
  readHead(signal: AbortSignal): Promise<ShippedCommit>;
  /** The image of a recipe, built where it is missing. Throws `no-engine`, `image-failed`. */
  openBase(recipe: string, progress: Progress, signal: AbortSignal): Promise<OpenedBase>;
  /** The commit's files below /app, from git's objects; `time` is that of the commit. Throws `bad-input`. */
  makeAppLayer(
    files: readonly CommittedFile[],
    time: string,
    signal: AbortSignal,
  ): Promise<ShippedLayer>;
  /** The packages of a plan below /app/node_modules. Throws `registry-failed`, `bad-input`. */
  makeDependencyLayer(
    plan: InstallPlan,
    progress: Progress,
    signal: AbortSignal,
  ): Promise<ShippedLayer>;
  openLayer(layer: ShippedLayer): BlobSource;
}

/** Bytes of a document as a blob. */
export function blobOf({ digest, size, text }: Document): BlobSource {
  return { digest, size, open: () => oneChunk(new TextEncoder().encode(text)) };
}

async function* oneChunk(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
