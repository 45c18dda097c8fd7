import { z } from "zod";

import { MEDIA, type Descriptor } from "./documents.ts";

const digest = z.templateLiteral([z.literal("sha256:"), z.string().regex(/^[0-9a-f]{64}$/u)]);
const annotations = z.record(z.string().max(1000), z.string().max(10_000));

const DescriptorSchema = z.looseObject({
  mediaType: z.string().max(300),
  digest,
  size: z.int().min(0),
  annotations: annotations.exactOptional(),
  artifactType: z.string().max(300).exactOptional(),
  platform: z
    .looseObject({ architecture: z.string().max(100), os: z.string().max(100) })
    .exactOptional(),
});

const IndexSchema = z.looseObject({
  schemaVersion: z.literal(2),
  manifests: z.array(DescriptorSchema).max(1000),
});

const ManifestSchema = z.looseObject({
  schemaVersion: z.literal(2),
  config: DescriptorSchema,
  layers: z.array(DescriptorSchema).max(500),
  subject: DescriptorSchema.exactOptional(),
});
/** An image's manifest as a registry gives it. */
export type ImageManifest = z.infer<typeof ManifestSchema>;

const ConfigSchema = z.looseObject({
  architecture: z.string().max(100),
  created: z.string().max(100).exactOptional(),
  config: z.looseObject({
    User: z.string().max(300).exactOptional(),
    Entrypoint: z.array(z.string()).max(1000).nullish(),
    Labels: z.record(z.string(), z.string()).nullish(),
  }),
  rootfs: z.looseObject({ diff_ids: z.array(z.string().max(100)).max(500) }),
});
/** An image's configuration as a registry gives it. */
export type ImageConfig = z.infer<typeof ConfigSchema>;

/** An image's manifest from hostile text; null where it is none. */
export function readManifest(text: string): ImageManifest | null {
  return ManifestSchema.safeParse(parseJson(text)).data ?? null;
}

/** An image's configuration from hostile text; null where it is none. */
export function readConfig(text: string): ImageConfig | null {
  return ConfigSchema.safeParse(parseJson(text)).data ?? null;
}

/** What an index of referrers lists; null where the text is none. */
export function readReferrers(text: string): readonly Descriptor[] | null {
  return IndexSchema.safeParse(parseJson(text)).data?.manifests ?? null;
}

/** The images of an index, without the attestation manifests beside them; null where the text is no index. */
export function readImages(text: string): readonly Descriptor[] | null {
  const entries = readReferrers(text);
  return (
    entries?.filter(
      (entry) =>
        entry.mediaType === MEDIA.manifest &&
        entry.annotations?.["vnd.docker.reference.type"] === undefined,
    ) ?? null
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
