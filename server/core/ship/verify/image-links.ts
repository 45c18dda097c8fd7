import { hexOf, MEDIA } from "../documents.ts";
import { BUILD_TYPE, BUILDER_ID, type Provenance } from "../provenance.ts";
import { KINDS } from "./kinds.ts";
import { type Link, linkOf, type LoadedImage, type LoadedPaper, missingLink } from "./loaded.ts";
import { findPapers, isImage, type ReadPaper } from "./papers.ts";

const BASE_LABEL = "org.opencontainers.image.base.digest";

/** Whether the image is whole and is what its manifest says. */
export function imageLink({ config, damages, digest, manifest }: LoadedImage): Link {
  const faults = [...damages];
  const plain = manifest.layers.every(({ mediaType }) => mediaType === MEDIA.layer);
  const layers = manifest.layers.map((layer) => layer.digest);
  if (plain && !isSameList(layers, config.rootfs.diff_ids))
    faults.push("The layers are not those that the configuration names.");
  if (!/^[1-9]\d*(?::[1-9]\d*)?$/u.test(config.config.User ?? "")) faults.push("It runs as root.");
  return linkOf("image", faults, [
    `${digest}: ${layers.length} layers, every byte as its digest says.`,
  ]);
}

/** Whether a trusted key says how exactly this image was made. */
export function provenanceLink(
  image: LoadedImage,
  loaded: readonly LoadedPaper[],
): { readonly link: Link; readonly provenance: ReadPaper<Provenance> | null } {
  const { faults, papers } = findPapers(loaded, KINDS.provenance, isImage(image.digest));
  const [provenance] = papers;
  if (provenance === undefined) {
    const link =
      faults.length > 0
        ? linkOf("provenance", faults, [])
        : missingLink("provenance", "No provenance is attached.");
    return { link, provenance: null };
  }
  const found = [...faults, ...papers.flatMap(({ predicate }) => contradictions(image, predicate))];
  const { base } = provenance.predicate.buildDefinition.externalParameters;
  const says = [
    `Built by Shipgate on ${base.digest.slice(0, 19)}, naming every package and its hash.`,
  ];
  return { link: linkOf("provenance", found, says, provenance.signers), provenance };
}

function contradictions({ config, manifest }: LoadedImage, provenance: Provenance): string[] {
  const { buildDefinition, runDetails } = provenance;
  const { buildType, externalParameters, internalParameters } = buildDefinition;
  const faults: string[] = [];
  if (runDetails.builder.id !== BUILDER_ID) faults.push("The provenance names another builder.");
  if (buildType !== BUILD_TYPE) faults.push("The provenance is of another kind of build.");
  const layers = manifest.layers.map((layer) => layer.digest);
  if (!isSameList(internalParameters.layers, layers))
    faults.push("The provenance names other layers than the image has.");
  if (externalParameters.base.digest !== config.config.Labels?.[BASE_LABEL])
    faults.push("The provenance names another base image than the image's label.");
  if (!isSameList(externalParameters.entrypoint, config.config.Entrypoint ?? []))
    faults.push("The provenance names another entry point than the image has.");
  return faults;
}

/** Whether the bills of materials are about this image and name what the provenance names. */
export function billsLink(
  image: LoadedImage,
  loaded: readonly LoadedPaper[],
  provenance: Provenance | null,
): Link {
  const cycloneDx = findPapers(loaded, KINDS.cycloneDx, isImage(image.digest));
  const spdx = findPapers(loaded, KINDS.spdx, isImage(image.digest));
  const faults = [...cycloneDx.faults, ...spdx.faults];
  const [bill] = cycloneDx.papers;
  const [second] = spdx.papers;
  if (faults.length === 0 && (bill === undefined || second === undefined))
    return missingLink(
      "bills",
      `No ${bill === undefined ? "CycloneDX" : "SPDX"} bill is attached.`,
    );
  if (bill === undefined || second === undefined) return linkOf("bills", faults, []);
  const { components, metadata } = bill.predicate;
  if (!metadata.component.hashes.some(({ content }) => content === hexOf(image.digest)))
    faults.push("The CycloneDX bill describes another image.");
  const used = packagesOf(provenance);
  const listed = new Map(
    components.flatMap(({ hashes, purl }) =>
      purl === undefined ? [] : [[purl, hashes?.[0]?.content]],
    ),
  );
  const also = new Set(
    second.predicate.packages.flatMap(({ externalRefs }) =>
      (externalRefs ?? []).map(({ referenceLocator }) => referenceLocator),
    ),
  );
  for (const [purl, hash] of used) {
    if (listed.get(purl) !== hash)
      faults.push(`The CycloneDX bill lacks ${purl}, or has another hash.`);
    if (!also.has(purl)) faults.push(`The SPDX bill lacks ${purl}.`);
  }
  if (listed.size !== also.size) faults.push("The two bills name different packages.");
  const says = [`${listed.size} packages in CycloneDX and SPDX, as the provenance names them.`];
  return linkOf("bills", faults, says, [...bill.signers, ...second.signers]);
}

/** Packages that a provenance names, with their hash in hex. */
function packagesOf(provenance: Provenance | null): ReadonlyMap<string, string> {
  const dependencies = provenance?.buildDefinition.resolvedDependencies ?? [];
  return new Map(
    dependencies
      .filter(({ uri }) => uri.startsWith("pkg:"))
      .map(({ digest, uri }) => [uri, Object.values(digest)[0] ?? ""]),
  );
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each, index) => each === b[index]);
}
