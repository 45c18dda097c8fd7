import { z } from "zod";

import { LockedPackage } from "./apt.ts";

const digest = z.templateLiteral([z.literal("sha256:"), z.string().regex(/^[0-9a-f]{64}$/)]);
const recipeName = z.string().regex(/^[a-z0-9][a-z0-9.-]{0,62}$/);

/** One npm package, pinned to its bytes. */
export const LockedArtifact = z.strictObject({
  name: z.string().min(1),
  version: z.string().min(1),
  /** Subresource integrity, `sha512-…`. */
  integrity: z.string().regex(/^sha512-[A-Za-z0-9+/]{86}==$/),
});
export type LockedArtifact = z.infer<typeof LockedArtifact>;

/**
 * What an image is made of, pinned. It is no part of the repository: Debian's mirrors serve the newest
 * packages only, and which those are depends on the machine's release and processor.
 */
export const ImageLock = z.strictObject({
  schemaVersion: z.literal(1),
  recipe: recipeName,
  architecture: z.enum(["amd64", "arm64"]),
  /** Address of what the recipes asked for: a lock of other contents is not used. */
  contents: digest,
  /** One per recipe of the chain, the lowest first. */
  steps: z.array(
    z.strictObject({
      recipe: recipeName,
      packages: z.array(LockedPackage),
      artifacts: z.array(LockedArtifact),
    }),
  ),
});
export type ImageLock = z.infer<typeof ImageLock>;

/** A layer as a file: an uncompressed tar, so that its digest is also its diff id. */
export const LayerRecord = z.strictObject({
  digest,
  sizeBytes: z.int().min(0),
  /** Seconds since 1970 of the newest file in its packages: the time that all its files carry. */
  epoch: z.int().min(0),
  /** `debian-12`; null in a layer without an os-release. */
  distribution: z.string().nullable(),
  /** Packages inside npm packages, as `name@version`. */
  bundled: z.array(z.string()),
});
export type LayerRecord = z.infer<typeof LayerRecord>;

export const ImageRecord = z.strictObject({
  schemaVersion: z.literal(1),
  recipe: recipeName,
  variant: z.enum(["runtime", "dev"]),
  architecture: z.enum(["amd64", "arm64"]),
  /** Address of everything that decides over the image's bytes: recipes, lock, added files, this builder. */
  key: digest,
  /** Digest of the image's configuration: the image id of engines with the classic image store. */
  configDigest: digest,
  /** Digest of the OCI manifest: the image id of engines with the containerd image store. */
  manifestDigest: digest,
  /** The one of the two by which this engine knows the image: what to run by. */
  engineId: digest,
  /** A local name that keeps `docker image prune` away; never pulled, never pushed. */
  tag: z.string(),
  layers: z.array(z.strictObject({ digest, sizeBytes: z.int().min(0) })),
  sizeBytes: z.int().min(0),
  packages: z.array(z.strictObject({ purl: z.string(), name: z.string(), version: z.string() })),
  sbomPath: z.string(),
  audit: z.strictObject({
    clean: z.boolean(),
    checks: z.array(
      z.strictObject({
        id: z.enum([
          "non-root-user",
          "no-setuid",
          "no-package-manager",
          "no-shell",
          "no-world-writable",
          "no-devices",
          "no-password-hashes",
          "size",
        ]),
        ok: z.boolean(),
        detail: z.string(),
      }),
    ),
  }),
  /** ISO 8601, UTC: when the newest package in it was made. The same on every machine. */
  created: z.string(),
  /** ISO 8601, UTC: when this machine made it. */
  builtAt: z.string(),
});
export type ImageRecord = z.infer<typeof ImageRecord>;
