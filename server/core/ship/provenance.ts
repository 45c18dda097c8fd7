import { z } from "zod";

import type { Digest } from "../digest.ts";
import type { ImagePart } from "../images/parts.ts";
import { hexOf } from "./documents.ts";
import type { BaseImage } from "./image.ts";

/** SLSA's predicate type for how something was built. */
export const PROVENANCE = "https://slsa.dev/provenance/v1";
/** How a Node service becomes an image; described in docs/shipping.md. */
export const BUILD_TYPE = "https://github.com/shipgate/shipgate/build/node-service/v1";
/** Shipgate itself, run by the person whose key signs. */
export const BUILDER_ID = "https://github.com/shipgate/shipgate/builder/local/v1";

export interface ProvenanceInput {
  readonly commit: string;
  readonly tree: string;
  readonly source: string | null;
  readonly base: BaseImage;
  readonly argv: readonly string[];
  /** Who said which files are left out. */
  readonly contentsBy: string;
  readonly dependencies: readonly ImagePart[];
  readonly basis: readonly ImagePart[];
  readonly layers: readonly Digest[];
  readonly shipgateVersion: string;
}

/** What verification reads of a provenance; the rest is for other tools. */
export const Provenance = z.looseObject({
  buildDefinition: z.looseObject({
    buildType: z.string(),
    externalParameters: z.looseObject({
      source: z.looseObject({ gitCommit: z.string(), gitTree: z.string() }),
      base: z.looseObject({ digest: z.string() }),
      entrypoint: z.array(z.string()),
    }),
    internalParameters: z.looseObject({ layers: z.array(z.string()) }),
    resolvedDependencies: z.array(
      z.looseObject({ uri: z.string(), digest: z.record(z.string(), z.string()) }),
    ),
  }),
  runDetails: z.looseObject({ builder: z.looseObject({ id: z.string() }) }),
});
export type Provenance = z.infer<typeof Provenance>;

/** How an image was made, naming everything that went in with its hash (SLSA provenance v1). */
export function provenanceOf(input: ProvenanceInput): Provenance {
  const { base, basis, commit, dependencies, layers, shipgateVersion, source, tree } = input;
  return {
    buildDefinition: {
      buildType: BUILD_TYPE,
      externalParameters: {
        source: { uri: sourceUri(source), gitCommit: commit, gitTree: tree },
        base: { recipe: base.name, digest: base.digest },
        entrypoint: [...base.entrypoint, ...input.argv],
        leftOutBy: input.contentsBy,
      },
      internalParameters: {
        architecture: base.architecture,
        layers: [...layers],
        network: "none after the packages were fetched",
        scripts: "none of the packages' were run",
      },
      resolvedDependencies: [
        { uri: sourceUri(source), digest: { gitCommit: commit, gitTree: tree } },
        { uri: `oci://localhost/shipgate/${base.name}`, digest: { sha256: hexOf(base.digest) } },
        ...[...dependencies, ...basis].flatMap(({ hash, purl }) =>
          hash === null
            ? []
            : [
                {
                  uri: purl,
                  digest: { [hash.algorithm.replace("-", "").toLowerCase()]: hash.hex },
                },
              ],
        ),
      ],
    },
    runDetails: { builder: { id: BUILDER_ID, version: { shipgate: shipgateVersion } } },
  };
}

/** How a repository is named in statements: its public address, or a name that gives nothing away. */
export function sourceUri(source: string | null): string {
  return source === null ? "git+local" : `git+${source}`;
}
