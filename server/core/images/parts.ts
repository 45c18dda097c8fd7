import { PackageURL } from "packageurl-js";

import type { ImageLock, LayerRecord } from "./record.ts";

/** One thing that an image is made of, as an SBOM names it. */
export interface ImagePart {
  readonly purl: string;
  readonly name: string;
  readonly version: string;
  /** Hash of what was fetched, in hex; none for a package inside another one. */
  readonly hash: { readonly algorithm: "SHA-256" | "SHA-512"; readonly hex: string } | null;
  /** purl of the package that it came in. */
  readonly within: string | null;
}

/** Every part of an image, in the order of their purls. The same lock and layers give the same list. */
export function listParts(lock: ImageLock, layers: readonly LayerRecord[]): readonly ImagePart[] {
  const distribution = layers.find((layer) => layer.distribution !== null)?.distribution ?? null;
  const parts = new Map<string, ImagePart>();
  for (const [index, step] of lock.steps.entries()) {
    for (const locked of step.packages) {
      const purl = debPurl(locked, distribution);
      const { name, version, sha256 } = locked;
      parts.set(purl, {
        purl,
        name,
        version,
        hash: { algorithm: "SHA-256", hex: sha256 },
        within: null,
      });
    }
    for (const artifact of step.artifacts) {
      const part = npmPart(artifact);
      parts.set(part.purl, part);
    }
    const carrier = step.artifacts.at(-1);
    for (const bundled of carrier ? (layers[index]?.bundled ?? []) : []) {
      const at = bundled.lastIndexOf("@");
      const [name, version] = [bundled.slice(0, at), bundled.slice(at + 1)];
      const purl = npmPurl(name, version);
      const within = carrier ? npmPurl(carrier.name, carrier.version) : null;
      if (!parts.has(purl)) parts.set(purl, { purl, name, version, hash: null, within });
    }
  }
  return [...parts.values()].toSorted((a, b) => (a.purl < b.purl ? -1 : 1));
}

/** An npm package that is pinned by its integrity, `sha512-…`. */
export function npmPart(locked: {
  readonly name: string;
  readonly version: string;
  readonly integrity: string;
}): ImagePart {
  const { name, version } = locked;
  const hash = { algorithm: "SHA-512", hex: integrityHex(locked.integrity) } as const;
  return { purl: npmPurl(name, version), name, version, hash, within: null };
}

function debPurl(
  locked: ImageLock["steps"][number]["packages"][number],
  distribution: string | null,
): string {
  const { name, version, architecture } = locked;
  const qualifiers = {
    arch: architecture,
    ...(distribution === null ? {} : { distro: distribution }),
    ...(locked.source === undefined ? {} : { upstream: locked.source }),
  };
  const namespace = distribution?.split("-", 1)[0] ?? "debian";
  return new PackageURL("deb", namespace, name, version, qualifiers, undefined).toString();
}

function npmPurl(fullName: string, version: string): string {
  const slash = fullName.indexOf("/");
  const namespace = slash < 0 ? undefined : fullName.slice(0, slash);
  return new PackageURL(
    "npm",
    namespace,
    fullName.slice(slash + 1),
    version,
    undefined,
    undefined,
  ).toString();
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The 64 bytes of a `sha512-…` integrity in hex. */
function integrityHex(integrity: string): string {
  let bits = "";
  for (const character of integrity.slice("sha512-".length).replaceAll("=", ""))
    bits += BASE64.indexOf(character).toString(2).padStart(6, "0");
  return (bits.slice(0, 512).match(/.{4}/g) ?? [])
    .map((nibble) => Number.parseInt(nibble, 2).toString(16))
    .join("");
}
