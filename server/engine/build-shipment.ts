import { attributionStatement } from "../core/attest/attribution.ts";
import { runtimeTraceStatement, testResultStatement } from "../core/attest/runs.ts";
import { type AnyStatement, STATEMENT_TYPE } from "../core/attest/statement.ts";
import { type About, subjectsOf } from "../core/attest/subjects.ts";
import { npmPart } from "../core/images/parts.ts";
import { cycloneDx, CYCLONEDX } from "../core/ship/cyclonedx.ts";
import { documentOf, MEDIA } from "../core/ship/documents.ts";
import { planServiceImage, type ShippedImage, type ShippedLayer } from "../core/ship/image.ts";
import { type DocumentSet, imageIndex } from "../core/ship/layout.ts";
import { PROVENANCE, provenanceOf } from "../core/ship/provenance.ts";
import { spdx, SPDX } from "../core/ship/spdx.ts";
import type { ShipmentPlan } from "./plan-shipment.ts";
import type { Progress } from "./ports.ts";
import type { Shipyard } from "./ship-ports.ts";

export interface BuildOptions {
  /** The image's name in the papers, without tag and digest: `registry.example/shop/export`. */
  readonly name: string;
  /** Shipgate's own version. */
  readonly version: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** An image as documents and layers, with the papers that say what it is and how it came to be. */
export interface BuiltShipment {
  readonly image: ShippedImage;
  readonly layers: readonly ShippedLayer[];
  /** What a tag points to: the image and, beside it, how it was made. The same commit gives the same bytes. */
  readonly index: DocumentSet;
  readonly about: About;
  /** All papers but the summary, not yet signed. */
  readonly statements: readonly AnyStatement[];
}

/** Builds the image of a plan. The same commit, base and version of Shipgate give the same bytes. */
export async function buildShipment(
  plan: ShipmentPlan,
  yard: Shipyard,
  options: BuildOptions,
): Promise<BuiltShipment> {
  const { base, commit, contents, dependencies, service } = plan;
  const { name, version, progress, signal } = options;
  const own: ShippedLayer[] = [];
  if (dependencies !== null)
    own.push(await yard.makeDependencyLayer(dependencies, progress, signal));
  progress("Putting the commit's files into a layer");
  own.push(await yard.makeAppLayer(contents.files, commit.time, signal));
  const created = commit.time;
  const image = planServiceImage({
    base: base.image,
    layers: own,
    argv: service.argv,
    name: service.name,
    version: service.version,
    license: service.license,
    commit: commit.commit,
    created,
    source: commit.source,
  });
  const layers = [...base.image.layers, ...own];
  const about: About = {
    image: { name, digest: image.manifest.digest },
    commit: commit.commit,
    tree: commit.tree,
  };
  const making = describeMaking(plan, image, layers, about, version);
  const attached = making.map((statement) => ({
    predicateType: statement.predicateType,
    document: documentOf(MEDIA.statement, statement),
  }));
  const index = imageIndex(image, base.image.architecture, attached);
  return { image, layers, index, about, statements: [...making, ...describeJudging(plan, about)] };
}

/** Provenance and bills of materials: what is known from the image and the commit alone. */
function describeMaking(
  { base, commit, contents, dependencies, service }: ShipmentPlan,
  image: ShippedImage,
  layers: readonly ShippedLayer[],
  about: About,
  shipgateVersion: string,
): readonly AnyStatement[] {
  const packages = (dependencies?.packages ?? []).map(npmPart);
  const bill = {
    digest: image.manifest.digest,
    name: service.name,
    version: service.version,
    license: service.license,
    commit: commit.commit,
    source: commit.source,
    created: commit.time,
    dependencies: packages,
    basis: base.parts,
    shipgateVersion,
  };
  const provenance = provenanceOf({
    commit: commit.commit,
    tree: commit.tree,
    source: commit.source,
    base: base.image,
    argv: service.argv,
    contentsBy: contents.by,
    dependencies: packages,
    basis: base.parts,
    layers: layers.map(({ digest }) => digest),
    shipgateVersion,
  });
  const subject = subjectsOf(about);
  const state = (predicateType: string, predicate: Record<string, unknown>): AnyStatement => ({
    _type: STATEMENT_TYPE,
    subject,
    predicateType,
    predicate,
  });
  return [
    state(PROVENANCE, provenance),
    state(CYCLONEDX, cycloneDx(bill)),
    state(SPDX, spdx(bill)),
  ];
}

/** What the gate saw: the head's tests and behaviour, and who wrote the change. */
function describeJudging({ review }: ShipmentPlan, about: About): readonly AnyStatement[] {
  const { change, runs } = review;
  const head = runs?.head;
  if (head === undefined) return [attributionStatement(change, about)];
  const finished = new Date(Date.parse(head.startedAt) + head.durationMs).toISOString();
  return [
    testResultStatement(head, about),
    runtimeTraceStatement(head, about, finished),
    attributionStatement(change, about),
  ];
}
