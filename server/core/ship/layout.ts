import type { Digest } from "../digest.ts";
import {
  describe,
  type Descriptor,
  type Document,
  documentOf,
  hexOf,
  MEDIA,
  textDocument,
} from "./documents.ts";
import type { ShippedImage } from "./image.ts";

/** A statement as it goes into Docker's attestation manifest: unsigned, bound to the image by its subject. */
export interface AttachedStatement {
  readonly predicateType: string;
  readonly document: Document;
}

/** Documents that belong together, and the one that points to the others. */
export interface DocumentSet {
  readonly root: Document;
  readonly manifests: readonly Document[];
  readonly blobs: readonly Document[];
}

const EMPTY = textDocument(MEDIA.empty, "{}");

/**
 * The index that a tag points to: the image, and beside it an attestation manifest in the layout that
 * BuildKit defined and `docker buildx imagetools` reads (docs/attestations/attestation-storage.md).
 */
export function imageIndex(
  image: ShippedImage,
  architecture: string,
  statements: readonly AttachedStatement[],
): DocumentSet {
  const config = documentOf(MEDIA.config, {
    architecture: "unknown",
    os: "unknown",
    config: {},
    rootfs: { type: "layers", diff_ids: statements.map(({ document }) => document.digest) },
  });
  const attestation = documentOf(MEDIA.manifest, {
    schemaVersion: 2,
    mediaType: MEDIA.manifest,
    config: describe(config),
    layers: statements.map(({ document, predicateType }) => ({
      ...describe(document),
      annotations: { "in-toto.io/predicate-type": predicateType },
    })),
  });
  const root = documentOf(MEDIA.index, {
    schemaVersion: 2,
    mediaType: MEDIA.index,
    manifests: [
      { ...describe(image.manifest), platform: { architecture, os: "linux" } },
      {
        ...describe(attestation),
        annotations: {
          "vnd.docker.reference.digest": image.manifest.digest,
          "vnd.docker.reference.type": "attestation-manifest",
        },
        platform: { architecture: "unknown", os: "unknown" },
      },
    ],
  });
  return {
    root,
    manifests: [image.manifest, attestation],
    blobs: [image.config, config, ...statements.map(({ document }) => document)],
  };
}

/** A sigstore bundle as an OCI artifact that refers to an image (cosign's bundle specification). */
export function bundleArtifact(
  subject: Document,
  bundle: { readonly text: string; readonly predicateType: string; readonly created: string },
): DocumentSet {
  const blob = textDocument(MEDIA.bundle, bundle.text);
  const root = documentOf(MEDIA.manifest, {
    schemaVersion: 2,
    mediaType: MEDIA.manifest,
    artifactType: MEDIA.bundle,
    config: describe(EMPTY),
    layers: [describe(blob)],
    subject: describe(subject),
    annotations: bundleAnnotations(bundle),
  });
  return { root, manifests: [], blobs: [EMPTY, blob] };
}

/** How an index of referrers lists a bundle. */
export function bundleEntry(
  manifest: Document,
  bundle: { readonly predicateType: string; readonly created: string },
): Descriptor {
  return {
    ...describe(manifest),
    artifactType: MEDIA.bundle,
    annotations: bundleAnnotations(bundle),
  };
}

/** The tag under which registries without the referrers API keep what refers to a digest (OCI distribution 1.1). */
export function referrersTag(digest: Digest): string {
  return `sha256-${hexOf(digest)}`;
}

/** An index of referrers. Entries of the same predicate type are replaced, all others are kept. */
export function referrersIndex(
  before: readonly Descriptor[],
  added: readonly Descriptor[],
): Document {
  const types = new Set(added.map(predicateTypeOf));
  const kept = before.filter(
    (entry) => entry.artifactType !== MEDIA.bundle || !types.has(predicateTypeOf(entry)),
  );
  return documentOf(MEDIA.index, {
    schemaVersion: 2,
    mediaType: MEDIA.index,
    manifests: [...kept, ...added],
  });
}

function bundleAnnotations(bundle: { readonly predicateType: string; readonly created: string }) {
  return {
    "dev.sigstore.bundle.content": "dsse-envelope",
    "dev.sigstore.bundle.predicateType": bundle.predicateType,
    "org.opencontainers.image.created": bundle.created,
  };
}

function predicateTypeOf({ annotations }: Descriptor): string | undefined {
  return annotations?.["dev.sigstore.bundle.predicateType"];
}
