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

/** A signed paper that is attached to an image. */
export interface AttachedPaper {
  readonly mediaType: typeof MEDIA.bundle | typeof MEDIA.envelope;
  readonly predicateType: string;
  /** ISO 8601, UTC. */
  readonly created: string;
  /** The bundle or the envelope, as JSON. */
  readonly text: string;
}

/** A signed paper as an OCI artifact that refers to an image (cosign's bundle specification). */
export function attachedArtifact(subject: Document, paper: AttachedPaper): DocumentSet {
  const blob = textDocument(paper.mediaType, paper.text);
  const root = documentOf(MEDIA.manifest, {
    schemaVersion: 2,
    mediaType: MEDIA.manifest,
    artifactType: paper.mediaType,
    config: describe(EMPTY),
    layers: [describe(blob)],
    subject: describe(subject),
    annotations: annotationsOf(paper),
  });
  return { root, manifests: [], blobs: [EMPTY, blob] };
}

/** How an index of referrers lists a paper. */
export function attachedEntry(manifest: Document, paper: AttachedPaper): Descriptor {
  return {
    ...describe(manifest),
    artifactType: paper.mediaType,
    annotations: annotationsOf(paper),
  };
}

/** The tag under which registries without the referrers API keep what refers to a digest (OCI distribution 1.1). */
export function referrersTag(digest: Digest): string {
  return `sha256-${hexOf(digest)}`;
}

/** An index of referrers. Papers of a kind that is added are replaced, all else is kept. */
export function referrersIndex(
  before: readonly Descriptor[],
  added: readonly Descriptor[],
): Document {
  const types = new Set(added.map(predicateTypeOf));
  const kept = before.filter((entry) => !types.has(predicateTypeOf(entry)));
  return documentOf(MEDIA.index, {
    schemaVersion: 2,
    mediaType: MEDIA.index,
    manifests: [...kept, ...added],
  });
}

function annotationsOf({ created, predicateType }: AttachedPaper) {
  return {
    "dev.sigstore.bundle.content": "dsse-envelope",
    "dev.sigstore.bundle.predicateType": predicateType,
    "org.opencontainers.image.created": created,
  };
}

function predicateTypeOf({ annotations }: Descriptor): string | undefined {
  return annotations?.["dev.sigstore.bundle.predicateType"];
}
