import { sha256Digest } from "../digest.ts";
import type { ImagePart } from "../images/parts.ts";
import type { BillSubject } from "./bill.ts";
import { hexOf } from "./documents.ts";

/** The version of CycloneDX that is written, in its in-toto predicate type. */
export const CYCLONEDX = "https://cyclonedx.org/bom/v1.6";

/** The bill of materials of a shipped image as CycloneDX 1.6 JSON. The same image gives the same bill. */
export function cycloneDx(subject: BillSubject): Record<string, unknown> {
  const { basis, created, dependencies, digest, name, version } = subject;
  const parts = [...new Map([...dependencies, ...basis].map((part) => [part.purl, part])).values()];
  const own = parts.filter(({ within }) => within === null);
  const ofApp = new Set(dependencies.map(({ purl }) => purl));
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: serialNumber(digest),
    version: 1,
    metadata: {
      timestamp: created,
      tools: {
        components: [{ type: "application", name: "shipgate", version: subject.shipgateVersion }],
      },
      component: {
        type: "container",
        "bom-ref": digest,
        name,
        version: digest,
        hashes: [{ alg: "SHA-256", content: hexOf(digest) }],
      },
    },
    components: [applicationOf(subject), ...parts.map(componentOf)],
    dependencies: [
      {
        ref: digest,
        dependsOn: [appRef(subject), ...refs(own.filter((part) => !ofApp.has(part.purl)))],
      },
      {
        ref: appRef({ name, version }),
        dependsOn: refs(own.filter((part) => ofApp.has(part.purl))),
      },
      ...own.map((part) => ({
        ref: part.purl,
        dependsOn: refs(parts.filter(({ within }) => within === part.purl)),
      })),
    ],
  };
}

function applicationOf({ commit, name, source, version, license }: BillSubject) {
  return {
    type: "application",
    "bom-ref": appRef({ name, version }),
    name,
    version,
    ...(license === null ? {} : { licenses: [{ license: { name: license } }] }),
    pedigree: { commits: [{ uid: commit, ...(source === null ? {} : { url: source }) }] },
  };
}

function componentOf({ hash, name, purl, version }: ImagePart) {
  const slash = purl.startsWith("pkg:npm/") ? name.indexOf("/") : -1;
  return {
    type: "library",
    "bom-ref": purl,
    ...(slash < 0 ? {} : { group: name.slice(0, slash) }),
    name: name.slice(slash + 1),
    version,
    purl,
    ...(hash === null ? {} : { hashes: [{ alg: hash.algorithm, content: hash.hex }] }),
  };
}

function appRef({ name, version }: { readonly name: string; readonly version: string }): string {
  return `app:${name}@${version}`;
}

function refs(parts: readonly ImagePart[]): readonly string[] {
  return parts.map(({ purl }) => purl);
}

/** A UUID (version 8, RFC 9562) made of the image's digest. */
function serialNumber(digest: string): string {
  const hex = hexOf(sha256Digest(`CycloneDX ${digest}`));
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
