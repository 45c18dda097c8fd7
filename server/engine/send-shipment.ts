import { type AnyStatement, PREDICATES } from "../core/attest/statement.ts";
import { verificationStatement } from "../core/attest/verification.ts";
import { type Digest, sha256Digest } from "../core/digest.ts";
import { gatherEvidence } from "../core/evidence.ts";
import { type Descriptor, MEDIA } from "../core/ship/documents.ts";
import {
  attachedArtifact,
  attachedEntry,
  type AttachedPaper,
  type DocumentSet,
  referrersIndex,
  referrersTag,
} from "../core/ship/layout.ts";
import { readReferrers } from "../core/ship/read-documents.ts";
import type { BuiltShipment } from "./build-shipment.ts";
import type { ShipmentPlan } from "./plan-shipment.ts";
import type { Ports, Progress } from "./ports.ts";
import { blobOf, type BlobSource, type ImageStore } from "./ship-ports.ts";

/** Signs a statement as a sigstore bundle and gives its JSON. */
export type SignPaper = (statement: AnyStatement) => Promise<string>;

export interface SignOptions {
  readonly name: string;
  readonly version: string;
  readonly sign: SignPaper;
  readonly signal: AbortSignal;
}

/**
 * Signs every paper, takes the approvals that count as they were signed, and last the summary, which
 * names all others by the digest of what is attached.
 */
export async function signPapers(
  ports: Pick<Ports, "approvals" | "clock">,
  plan: ShipmentPlan,
  built: BuiltShipment,
  { name, version, sign, signal }: SignOptions,
): Promise<readonly AttachedPaper[]> {
  const created = plan.commit.time;
  const papers: AttachedPaper[] = [];
  for (const statement of built.statements) {
    const { predicateType } = statement;
    papers.push({ mediaType: MEDIA.bundle, predicateType, created, text: await sign(statement) });
  }
  for (const text of await countingApprovals(ports, plan, signal)) {
    const predicateType = PREDICATES.approval;
    papers.push({ mediaType: MEDIA.envelope, predicateType, created, text });
  }
  const { review } = plan;
  const counting = review.approvals.some(({ state }) => state === "counts");
  const { had } = gatherEvidence(review.change, review.runs, counting ? ["approval"] : []);
  const summary = verificationStatement(review, {
    about: built.about,
    resourceUri: name,
    time: ports.clock.now(),
    version,
    had,
    inputs: papers.map(({ text }) => sha256Digest(text)),
  });
  const { predicateType } = summary;
  papers.push({ mediaType: MEDIA.bundle, predicateType, created, text: await sign(summary) });
  return papers;
}

async function countingApprovals(
  { approvals }: Pick<Ports, "approvals">,
  { commit, review }: ShipmentPlan,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const counting = new Set(
    review.approvals.flatMap(({ state, address }) => (state === "counts" ? [address] : [])),
  );
  const texts = await approvals.find(commit.tree, commit.commit, signal);
  return texts.filter((text) =>
    approvals.verify([text], [], "").some(({ address }) => counting.has(address)),
  );
}

export interface SendOptions {
  readonly tag: string;
  readonly progress: Progress;
  readonly openLayer: (layer: BuiltShipment["layers"][number]) => BlobSource;
}

/** Stores an image with its papers. The tag moves last, so that it never names half a shipment. */
export async function sendShipment(
  store: ImageStore,
  built: BuiltShipment,
  papers: readonly AttachedPaper[],
  { tag, progress, openLayer }: SendOptions,
): Promise<void> {
  const { image, index, layers } = built;
  for (const [at, layer] of layers.entries()) {
    progress(`Storing layer ${at + 1} of ${layers.length}`, at / layers.length);
    await store.putBlob(openLayer(layer));
  }
  progress("Storing the image and its papers");
  await putSet(store, { ...index, root: image.manifest, manifests: [] });
  const entries: Descriptor[] = [];
  for (const paper of papers) {
    const artifact = attachedArtifact(image.manifest, paper);
    await putSet(store, artifact);
    entries.push(attachedEntry(artifact.root, paper));
  }
  const before = await listReferrers(store, image.manifest.digest);
  const referrers = referrersIndex(before, entries);
  await store.putManifest(referrers, referrersTag(image.manifest.digest));
  await putSet(store, index, tag);
}

/** What refers to an image, by the tag that OCI 1.1 gives for registries without a referrers API. */
export async function listReferrers(
  store: ImageStore,
  digest: Digest,
): Promise<readonly Descriptor[]> {
  const found = await store.getManifest(referrersTag(digest));
  return found === null ? [] : (readReferrers(found.text) ?? []);
}

/** Stores documents and what they point to, the pointed-to first. */
export async function putSet(store: ImageStore, set: DocumentSet, tag?: string): Promise<void> {
  for (const blob of set.blobs) await store.putBlob(blobOf(blob));
  for (const manifest of set.manifests) await store.putManifest(manifest);
  await store.putManifest(set.root, tag);
}
