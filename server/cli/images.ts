import type { ImageRecord } from "../core/images/record.ts";
import type { ImageBuildOutput } from "./output.ts";
import { count } from "./reporters/words.ts";

type Image = ImageBuildOutput["image"];

/** What is told about an image that was built. */
export function describeRecord(record: ImageRecord): Image {
  const { recipe, variant, engineId, sizeBytes, packages, builtAt, sbomPath, audit } = record;
  return {
    recipe,
    variant,
    digest: engineId,
    sizeBytes,
    packages: packages.length,
    builtAt,
    sbom: sbomPath,
    faults: audit.checks.filter(({ ok }) => !ok).map(({ id, detail }) => `${id}: ${detail}`),
  };
}

/** An image in one line, with a line for each fault. */
export function imageLines({
  recipe,
  digest,
  sizeBytes,
  packages,
  faults,
}: Image): readonly string[] {
  if (digest === null) return [`${recipe}: not built`];
  const size = `${((sizeBytes ?? 0) / 1e6).toFixed(0)} MB`;
  const sound =
    faults.length === 0 ? "audit clean" : `${count(faults.length, "fault")} in its audit`;
  return [
    `${recipe}: ${digest} (${size}, ${count(packages ?? 0, "package")}, ${sound})`,
    ...faults.map((fault) => `  ${fault}`),
  ];
}
