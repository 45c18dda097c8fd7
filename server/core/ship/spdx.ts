import { sha256Digest } from "../digest.ts";
import type { ImagePart } from "../images/parts.ts";
import type { BillSubject } from "./bill.ts";
import { hexOf } from "./documents.ts";

/** The predicate type of an SPDX document, as BuildKit writes it. */
export const SPDX = "https://spdx.dev/Document";

const ALGORITHMS = { "SHA-256": "SHA256", "SHA-512": "SHA512" } as const;

/** The bill of materials of a shipped image as SPDX 2.3 JSON. The same image gives the same bill. */
export function spdx(subject: BillSubject): Record<string, unknown> {
  const { basis, created, dependencies, digest, name, version } = subject;
  const parts = [...new Map([...dependencies, ...basis].map((part) => [part.purl, part])).values()];
  const ofApp = new Set(dependencies.map(({ purl }) => purl));
  const image = "SPDXRef-image";
  const app = "SPDXRef-application";
  return {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: `${name}@${digest}`,
    documentNamespace: `https://github.com/shipgate/shipgate/spdx/${hexOf(digest)}`,
    creationInfo: {
      created: created.replace(/\.\d+Z$/u, "Z"),
      creators: [`Tool: shipgate-${subject.shipgateVersion}`],
    },
    packages: [
      {
        ...packageOf(image, name, digest),
        primaryPackagePurpose: "CONTAINER",
        checksums: [{ algorithm: "SHA256", checksumValue: hexOf(digest) }],
      },
      {
        ...packageOf(app, name, version),
        primaryPackagePurpose: "APPLICATION",
        sourceInfo: `git commit ${subject.commit}`,
      },
      ...parts.map(describePart),
    ],
    relationships: [
      relate("SPDXRef-DOCUMENT", "DESCRIBES", image),
      relate(image, "CONTAINS", app),
      ...parts.map((part) =>
        ofApp.has(part.purl)
          ? relate(app, "DEPENDS_ON", idOf(part.purl))
          : relate(part.within === null ? image : idOf(part.within), "CONTAINS", idOf(part.purl)),
      ),
    ],
  };
}

function packageOf(id: string, name: string, version: string) {
  return {
    SPDXID: id,
    name,
    versionInfo: version,
    downloadLocation: "NOASSERTION",
    filesAnalyzed: false,
    licenseConcluded: "NOASSERTION",
    licenseDeclared: "NOASSERTION",
    copyrightText: "NOASSERTION",
  };
}

function describePart({ hash, name, purl, version }: ImagePart) {
  return {
    ...packageOf(idOf(purl), name, version),
    ...(hash === null
      ? {}
      : { checksums: [{ algorithm: ALGORITHMS[hash.algorithm], checksumValue: hash.hex }] }),
    externalRefs: [
      { referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: purl },
    ],
  };
}

function idOf(purl: string): string {
  return `SPDXRef-${hexOf(sha256Digest(purl)).slice(0, 24)}`;
}

function relate(from: string, relationshipType: string, to: string) {
  return { spdxElementId: from, relationshipType, relatedSpdxElement: to };
}
