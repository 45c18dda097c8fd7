import type { Digest } from "../core/digest.ts";
import { type Descriptor, documentOf, MEDIA } from "../core/ship/documents.ts";
import {
  type ImageManifest,
  readConfig,
  readImages,
  readManifest,
  readReferrers,
} from "../core/ship/read-documents.ts";
import { damagedChain, type VerifiedChain, verifyChain } from "../core/ship/verify/chain.ts";
import type { Expectations, LoadedImage, LoadedPaper } from "../core/ship/verify/loaded.ts";
import { GateError } from "./errors.ts";
import type { Progress } from "./ports.ts";
import { listReferrers } from "./send-shipment.ts";
import type { ImageStore, StoredManifest } from "./ship-ports.ts";

/** Largest configuration and paper that are read, in bytes. */
const LARGEST = 16 * 1024 * 1024;
const MOST_PAPERS = 200;

/** Checks the signature of a paper with the consumer's keys, offline. Never throws for what it holds. */
export type VerifyPaper = (mediaType: string, text: string) => Promise<LoadedPaper["result"]>;

export interface VerifyOptions {
  readonly expectations: Expectations;
  readonly verifyPaper: VerifyPaper;
  readonly progress: Progress;
}

/** What verifying an image came to. */
export interface VerifiedShipment extends VerifiedChain {
  /** Digest of the image's manifest; null where it came back damaged. */
  readonly digest: Digest | null;
  readonly papers: number;
}

/**
 * Reads an image with its papers and follows the chain. `reference` is a tag or a digest. Throws
 * GateError `bad-input` where there is no image, and what the store throws when it cannot be reached;
 * content that is not what its digest says is no error but a broken link.
 */
export async function verifyShipment(
  store: ImageStore,
  reference: string,
  { expectations, progress, verifyPaper }: VerifyOptions,
): Promise<VerifiedShipment> {
  try {
    const root = await findRoot(store, reference);
    const stored = await findImage(store, root);
    const image = await loadImage(store, stored, progress);
    progress("Checking signatures");
    const { papers, damages } = await loadPapers(store, stored.digest, verifyPaper);
    const beside = expectations.hasKeys ? await checkBeside(store, root, papers) : [];
    const all = { ...image, damages: [...image.damages, ...damages, ...beside] };
    const chain = verifyChain(all, papers, expectations);
    return { ...chain, digest: stored.digest, papers: papers.length };
  } catch (error) {
    if (!GateError.is(error, "bad-content")) throw error;
    return { ...damagedChain(error.message), digest: null, papers: 0 };
  }
}

async function findRoot(store: ImageStore, reference: string): Promise<StoredManifest> {
  const root = await store.getManifest(reference);
  if (root !== null) return root;
  throw new GateError("bad-input", `There is no image ${reference} in ${store.place}.`, {
    remedy: "Name an image that is there, by tag or by digest.",
  });
}

/** The image behind a tag: an index may lead to it. */
async function findImage(store: ImageStore, root: StoredManifest): Promise<StoredManifest> {
  if (root.mediaType !== MEDIA.index) return root;
  const [image, ...more] = readImages(root.text) ?? [];
  if (image === undefined || more.length > 0) {
    throw new GateError("bad-input", `The index has ${more.length + (image ? 1 : 0)} images.`, {
      remedy: "Name the one that is meant by its digest.",
    });
  }
  const stored = await store.getManifest(image.digest);
  if (stored !== null) return stored;
  throw damaged(`The manifest ${image.digest} is missing.`);
}

async function loadImage(
  store: ImageStore,
  { digest, text }: StoredManifest,
  progress: Progress,
): Promise<LoadedImage> {
  const manifest = readManifest(text);
  if (manifest === null) throw damaged("The manifest is not one of an image.");
  const bytes = await store.getBlob(manifest.config.digest, LARGEST);
  const config = bytes && readConfig(new TextDecoder().decode(bytes));
  if (!config) throw damaged("The image's configuration is missing or cannot be read.");
  const damages = await checkLayers(store, manifest, progress);
  return { digest, manifest, config, damages };
}

async function checkLayers(
  store: ImageStore,
  { layers }: ImageManifest,
  progress: Progress,
): Promise<readonly string[]> {
  const damages: string[] = [];
  for (const [at, { digest, size }] of layers.entries()) {
    progress(`Checking layer ${at + 1} of ${layers.length}`, at / layers.length);
    const state = await store.checkBlob(digest, size);
    if (state === "missing") damages.push(`The layer ${digest} is missing.`);
    if (state === "other") damages.push(`The layer ${digest} has other content.`);
  }
  return damages;
}

async function loadPapers(
  store: ImageStore,
  image: Digest,
  verifyPaper: VerifyPaper,
): Promise<{ readonly papers: readonly LoadedPaper[]; readonly damages: readonly string[] }> {
  const papers: LoadedPaper[] = [];
  const damages: string[] = [];
  const wanted = new Set<string>([MEDIA.bundle, MEDIA.envelope]);
  const listed = (await listReferrers(store, image)).filter(({ artifactType }) =>
    wanted.has(artifactType ?? ""),
  );
  for (const entry of listed.slice(0, MOST_PAPERS)) {
    const listedAs = entry.annotations?.["dev.sigstore.bundle.predicateType"] ?? null;
    const found = await readAttached(store, entry, image).catch((error: unknown) => {
      if (!GateError.is(error, "bad-content")) throw error;
      return error.message;
    });
    if (typeof found === "string") damages.push(found);
    else {
      const result = await verifyPaper(found.mediaType, found.text);
      papers.push({ digest: found.digest, listedAs, result });
    }
  }
  return { papers, damages };
}

/** The text of an attached paper, or what is wrong with it. */
async function readAttached(store: ImageStore, entry: Descriptor, image: Digest) {
  const kind = entry.annotations?.["dev.sigstore.bundle.predicateType"] ?? "unknown kind";
  const stored = await store.getManifest(entry.digest);
  const manifest = stored && readManifest(stored.text);
  const [layer] = manifest?.layers ?? [];
  if (!manifest || layer === undefined) return `A listed paper (${kind}) is missing.`;
  if (manifest.subject?.digest !== image)
    return `A listed paper (${kind}) refers to another image.`;
  const bytes = await store.getBlob(layer.digest, LARGEST);
  if (bytes === null) return `The content of a paper (${kind}) is missing.`;
  const { digest, mediaType } = layer;
  return { digest, mediaType, text: new TextDecoder().decode(bytes) };
}

/** Whether the unsigned statements that Docker reads beside the image are word for word signed ones. */
async function checkBeside(
  store: ImageStore,
  root: StoredManifest,
  papers: readonly LoadedPaper[],
): Promise<readonly string[]> {
  if (root.mediaType !== MEDIA.index) return [];
  const signed = new Set(
    papers.flatMap(({ result }) =>
      result.holds ? [documentOf(MEDIA.statement, result.statement).digest] : [],
    ),
  );
  const faults: string[] = [];
  for (const entry of readReferrers(root.text) ?? []) {
    if (entry.annotations?.["vnd.docker.reference.type"] !== "attestation-manifest") continue;
    const stored = await store.getManifest(entry.digest);
    const manifest = stored && readManifest(stored.text);
    if (!manifest) return ["The attestation manifest beside the image is missing."];
    for (const { annotations, digest } of manifest.layers)
      if (!signed.has(digest))
        faults.push(
          `The statement beside the image (${annotations?.["in-toto.io/predicate-type"] ?? "of no kind"}) is not one that a trusted key signed.`,
        );
  }
  return faults;
}

function damaged(message: string): GateError {
  return new GateError("bad-content", message, { remedy: "Fetch the image again." });
}
