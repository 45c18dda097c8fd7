import * as CDX from "@cyclonedx/cyclonedx-library";

import { type Digest, sha256Digest } from "../../core/digest.ts";
import type { ImagePart } from "../../core/images/parts.ts";

export interface SbomSubject {
  readonly recipe: string;
  readonly tag: string;
  readonly configDigest: Digest;
  readonly manifestDigest: Digest;
  /** ISO 8601, UTC. */
  readonly created: string;
  readonly parts: readonly ImagePart[];
}

/**
 * The bill of materials of an image as CycloneDX 1.6 JSON. The same image gives the same bytes: every
 * reference is set, and serial number and time come from the image.
 */
export function imageSbom(subject: SbomSubject): string {
  const image = imageComponent(subject);
  const bom = new CDX.Models.Bom({
    serialNumber: serialNumber(subject.manifestDigest),
    version: 1,
    metadata: new CDX.Models.Metadata({ timestamp: new Date(subject.created), component: image }),
  });
  const components = new Map<string, CDX.Models.Component>();
  for (const part of subject.parts) components.set(part.purl, partComponent(part));
  for (const part of subject.parts) {
    const component = components.get(part.purl);
    if (component === undefined) continue;
    bom.components.add(component);
    const owner = part.within === null ? image : (components.get(part.within) ?? image);
    owner.dependencies.add(component.bomRef);
  }
  const serializer = new CDX.Serialize.JsonSerializer(
    new CDX.Serialize.JSON.Normalize.Factory(CDX.Spec.Spec1dot6),
  );
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`;
}

function imageComponent(subject: SbomSubject): CDX.Models.Component {
  const version = subject.tag.slice(subject.tag.lastIndexOf(":") + 1);
  return new CDX.Models.Component(CDX.Enums.ComponentType.Container, `shipgate/${subject.recipe}`, {
    bomRef: subject.configDigest,
    version,
    properties: new CDX.Models.PropertyRepository([
      new CDX.Models.Property("shipgate:image:config-digest", subject.configDigest),
      new CDX.Models.Property("shipgate:image:manifest-digest", subject.manifestDigest),
    ]),
  });
}

function partComponent({ purl, name, version, hash }: ImagePart): CDX.Models.Component {
  const slash = purl.startsWith("pkg:npm/") ? name.indexOf("/") : -1;
  return new CDX.Models.Component(CDX.Enums.ComponentType.Library, name.slice(slash + 1), {
    bomRef: purl,
    version,
    purl,
    ...(slash < 0 ? {} : { group: name.slice(0, slash) }),
    ...(hash === null
      ? {}
      : { hashes: new CDX.Models.HashDictionary([[ALGORITHMS[hash.algorithm], hash.hex]]) }),
  });
}

const ALGORITHMS = {
  "SHA-256": CDX.Enums.HashAlgorithm["SHA-256"],
  "SHA-512": CDX.Enums.HashAlgorithm["SHA-512"],
} as const;

/** A UUID (version 8, RFC 9562) made of the image's digest. */
function serialNumber(digest: Digest): string {
  const hex = sha256Digest(`CycloneDX ${digest}`).slice("sha256:".length);
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
