import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { lstat, mkdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import { z } from "zod";

import { type Digest, sha256Digest } from "../../core/digest.ts";
import { printable } from "../../core/printable.ts";
import { type Document, documentOf, hexOf, MEDIA } from "../../core/ship/documents.ts";
import { GateError } from "../../engine/errors.ts";
import { type BlobSource, blobOf, type ImageStore } from "../../engine/ship-ports.ts";
import { temporaryBeside, writeWhole } from "../images/cache.ts";

const REF_NAME = "org.opencontainers.image.ref.name";
const LARGEST_DOCUMENT = 4 * 1024 * 1024;

const Entry = z.looseObject({
  mediaType: z.string(),
  digest: z.templateLiteral([z.literal("sha256:"), z.string().regex(/^[0-9a-f]{64}$/u)]),
  size: z.int().min(0),
  annotations: z.record(z.string(), z.string()).optional(),
});
const Index = z.looseObject({ schemaVersion: z.literal(2), manifests: z.array(Entry).max(1000) });
type Entry = z.infer<typeof Entry>;

/**
 * An OCI image layout (image specification 1.1) in a folder. A tag is the `ref.name` of an entry in
 * index.json. Links in it are not followed. Throws GateError `bad-input`.
 */
export function openOciDirectory(directory: string): ImageStore {
  const pathOf = (digest: Digest): string => join(directory, "blobs", "sha256", hexOf(digest));
  const putBlob = async (blob: BlobSource): Promise<void> => {
    const path = pathOf(blob.digest);
    if ((await checkFile(path, blob.digest, blob.size)) !== "same") await writeBlob(path, blob);
  };
  return {
    place: directory,
    hasBlob: async (digest) => (await sizeOf(pathOf(digest))) !== null,
    putBlob,
    putManifest: async (document, tag) => {
      await putBlob(blobOf(document));
      if (tag !== undefined) await setTag(directory, document, tag);
    },
    getManifest: async (reference) => {
      const entry = await findEntry(directory, reference);
      if (entry === null) return null;
      const { digest } = entry;
      const bytes = await readSmall(pathOf(digest), LARGEST_DOCUMENT);
      if (bytes === null) return null;
      if (sha256Digest(bytes) !== digest) throw damaged(directory, digest);
      const text = bytes.toString("utf8");
      return { mediaType: entry.mediaType, digest, text };
    },
    getBlob: async (digest, limit) => {
      const bytes = await readSmall(pathOf(digest), limit);
      if (bytes !== null && sha256Digest(bytes) !== digest) throw damaged(directory, digest);
      return bytes;
    },
    checkBlob: (digest, size) => checkFile(pathOf(digest), digest, size),
  };
}

/** The tag of a layout that holds one image; null where it holds none or several. */
export async function onlyTag(directory: string): Promise<string | null> {
  const tags = (await readIndex(directory)).flatMap(
    ({ annotations }) => annotations?.[REF_NAME] ?? [],
  );
  const images = tags.filter((tag) => !/^sha256-[0-9a-f]{64}$/u.test(tag));
  return images.length === 1 ? (images[0] ?? null) : null;
}

async function findEntry(directory: string, reference: string): Promise<Entry | null> {
  if (!reference.startsWith("sha256:")) {
    const entries = await readIndex(directory);
    return entries.find(({ annotations }) => annotations?.[REF_NAME] === reference) ?? null;
  }
  const digest = reference as Digest;
  const bytes = await readSmall(
    join(directory, "blobs", "sha256", hexOf(digest)),
    LARGEST_DOCUMENT,
  );
  if (bytes === null) return null;
  const mediaType = z
    .object({ mediaType: z.string() })
    .safeParse(parseJson(bytes.toString("utf8")));
  return { mediaType: mediaType.data?.mediaType ?? MEDIA.manifest, digest, size: bytes.length };
}

async function setTag(directory: string, document: Document, tag: string): Promise<void> {
  await writeWhole(join(directory, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  const others = (await readIndex(directory)).filter(
    ({ annotations }) => annotations?.[REF_NAME] !== tag,
  );
  const { digest, mediaType, size } = document;
  const entry = { mediaType, digest, size, annotations: { [REF_NAME]: tag } };
  const index = { schemaVersion: 2, mediaType: MEDIA.index, manifests: [...others, entry] };
  await writeWhole(join(directory, "index.json"), documentOf(MEDIA.index, index).text);
}

async function readIndex(directory: string): Promise<readonly Entry[]> {
  const bytes = await readSmall(join(directory, "index.json"), LARGEST_DOCUMENT);
  if (bytes === null) return [];
  const parsed = Index.safeParse(parseJson(bytes.toString("utf8")));
  if (parsed.success) return parsed.data.manifests;
  throw new GateError("bad-input", `The index of ${printable(directory)} cannot be read.`, {
    remedy: "Name the folder of an OCI image layout.",
  });
}

async function writeBlob(path: string, blob: BlobSource): Promise<void> {
  await mkdir(join(path, ".."), { recursive: true });
  const temporary = temporaryBeside(path);
  try {
    await pipeline(Readable.from(blob.open()), createWriteStream(temporary, { flags: "wx" }));
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function checkFile(
  path: string,
  digest: Digest,
  size: number,
): Promise<"same" | "other" | "missing"> {
  const there = await sizeOf(path);
  if (there === null) return "missing";
  if (there !== size) return "other";
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return `sha256:${hash.digest("hex")}` === digest ? "same" : "other";
}

async function sizeOf(path: string): Promise<number | null> {
  const found = await lstat(path).catch(() => null);
  return found?.isFile() === true ? found.size : null;
}

async function readSmall(path: string, limit: number): Promise<Buffer | null> {
  const size = await sizeOf(path);
  return size === null || size > limit ? null : readFile(path);
}

function damaged(directory: string, digest: Digest): GateError {
  return new GateError(
    "bad-content",
    `In ${printable(directory)} the blob ${digest} does not have the content that its name says.`,
    { remedy: "Somebody changed it, or the disk is damaged: fetch the image again." },
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
