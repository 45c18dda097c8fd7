import type { Digest } from "../digest.ts";
import { describe, type Document, documentOf, MEDIA } from "./documents.ts";

/** A layer as an uncompressed tar, so that its digest is also its diff id. */
export interface ShippedLayer {
  readonly digest: Digest;
  readonly size: number;
  /** What it holds, for the image's history. */
  readonly holds: string;
}

/** The image that a service stands on. */
export interface BaseImage {
  /** Such as `node-24`. */
  readonly name: string;
  /** Digest of its OCI manifest. */
  readonly digest: Digest;
  readonly architecture: "amd64" | "arm64";
  readonly layers: readonly ShippedLayer[];
  readonly environment: readonly string[];
  readonly user: string;
  readonly entrypoint: readonly string[];
}

/** Everything that decides over a shipped image's bytes. */
export interface ImageInput {
  readonly base: BaseImage;
  /** Layers on top of the base, the lowest first. */
  readonly layers: readonly ShippedLayer[];
  readonly argv: readonly string[];
  readonly name: string;
  readonly version: string;
  readonly license: string | null;
  /** The commit that it is built from. */
  readonly commit: string;
  /** When that commit was made; ISO 8601, UTC. */
  readonly created: string;
  /** Where the sources are, without credentials; null where the repository has no remote. */
  readonly source: string | null;
}

export interface ShippedImage {
  readonly config: Document;
  readonly manifest: Document;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * The documents of a service's image after the OCI image specification 1.1, with its pre-defined
 * annotation keys as labels. The same input gives the same bytes.
 */
export function planServiceImage(input: ImageInput): ShippedImage {
  const { base, created, name, version } = input;
  const layers = [...base.layers, ...input.layers];
  const labels = labelsOf(input);
  const config = documentOf(MEDIA.config, {
    architecture: base.architecture,
    os: "linux",
    created,
    config: {
      User: base.user,
      Env: base.environment,
      Entrypoint: [...base.entrypoint, ...input.argv],
      WorkingDir: "/app",
      Labels: labels,
      StopSignal: "SIGTERM",
    },
    rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
    history: layers.map(({ holds }) => ({ created, created_by: `shipgate ship: ${holds}` })),
  });
  const manifest = documentOf(MEDIA.manifest, {
    schemaVersion: 2,
    mediaType: MEDIA.manifest,
    config: describe(config),
    layers: layers.map(({ digest, size }) => ({ mediaType: MEDIA.layer, digest, size })),
    annotations: {
      "org.opencontainers.image.created": created,
      "org.opencontainers.image.revision": input.commit,
      "org.opencontainers.image.title": name,
      "org.opencontainers.image.version": version,
    },
  });
  return { config, manifest, labels };
}

function labelsOf(input: ImageInput): Readonly<Record<string, string>> {
  const { base, commit, created, license, name, source, version } = input;
  return {
    "org.opencontainers.image.base.digest": base.digest,
    "org.opencontainers.image.base.name": `localhost/shipgate/${base.name}`,
    "org.opencontainers.image.created": created,
    ...(license === null ? {} : { "org.opencontainers.image.licenses": license }),
    "org.opencontainers.image.revision": commit,
    ...(source === null ? {} : { "org.opencontainers.image.source": source }),
    "org.opencontainers.image.title": name,
    "org.opencontainers.image.version": version,
  };
}

/** The same image as a Dockerfile: what is shown before it is built. The build itself needs none. */
export function dockerfileOf(input: Pick<ImageInput, "base" | "argv">, hasDependencies: boolean) {
  const { base, argv } = input;
  return [
    `FROM localhost/shipgate/${base.name}@${base.digest}`,
    "WORKDIR /app",
    ...(hasDependencies ? ["COPY --chown=0:0 node_modules ./node_modules"] : []),
    "COPY --chown=0:0 . .",
    `USER ${base.user}`,
    `ENTRYPOINT ${JSON.stringify([...base.entrypoint, ...argv])}`,
    "",
  ].join("\n");
}
