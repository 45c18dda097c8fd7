import type { Descriptor, Document } from "../../core/ship/documents.ts";
import { type DocumentSet, referrersIndex, referrersTag } from "../../core/ship/layout.ts";
import { type BlobSource, blobOf, type ImageStore } from "./store.ts";

/** Stores documents and what they point to, the pointed-to first, so that a registry never has half. */
export async function pushSet(store: ImageStore, set: DocumentSet, tag?: string): Promise<void> {
  for (const blob of set.blobs) await store.putBlob(blobOf(blob));
  for (const manifest of set.manifests) await store.putManifest(manifest);
  await store.putManifest(set.root, tag);
}

/** Stores layers, at most two at once. */
export async function pushLayers(
  store: ImageStore,
  layers: readonly BlobSource[],
  tell: (done: number) => void,
): Promise<void> {
  const waiting = [...layers];
  let done = 0;
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      await store.putBlob(next);
      tell((done += 1));
    }
  };
  await Promise.all([work(), work()]);
}

/** Lists what refers to an image under the tag that OCI 1.1 gives for registries without a referrers API. */
export async function pushReferrers(
  store: ImageStore,
  image: Document,
  before: readonly Descriptor[],
  added: readonly Descriptor[],
): Promise<void> {
  await store.putManifest(referrersIndex(before, added), referrersTag(image.digest));
}
