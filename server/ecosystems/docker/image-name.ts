import type { PackageDraft } from "../reading.ts";

/** The parts of an image reference (distribution/reference grammar). */
export interface ImageName {
  /** Registry and repository as written, without tag and digest. */
  readonly name: string;
  readonly tag: string | null;
  readonly digest: string | null;
}

/** Splits an image reference; null where it is none. */
export function parseImageName(reference: string): ImageName | null {
  if (reference.length > 1000) return null;
  const match =
    /^((?:[a-z0-9][\w.-]*(?::\d{1,5})?\/)?(?:[a-z0-9][\w.-]*\/)*[a-z0-9][\w.-]*)(?::([a-z0-9_][\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$/i.exec(
      reference,
    );
  if (!match?.[1]) return null;
  return { name: match[1], tag: match[2] ?? null, digest: match[3] ?? null };
}

/** An image reference as a package: the tag, or where there is none the digest, is its version. */
export function imageDraft(reference: string, line: number): PackageDraft | null {
  const image = parseImageName(reference);
  if (!image) return null;
  return {
    name: image.name,
    version: image.tag ?? image.digest,
    pinned: image.digest ?? image.tag,
    line,
    direct: true,
    integrity: image.digest,
  };
}
