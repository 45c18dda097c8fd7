import type { GitObjectId } from "../../core/edit.ts";

/** A text with the size of the blob that it was read from, in bytes. */
export interface CachedText {
  readonly text: string;
  readonly bytes: number;
}

/** Texts by the id of their content, which cannot change; those used last are kept. */
export interface TextCache {
  find(blob: GitObjectId): CachedText | null;
  keep(blob: GitObjectId, text: CachedText): void;
}

/** A cache for so many bytes of blobs. One larger than an eighth of it would push everything else out. */
export function openTextCache(limit: number): TextCache {
  const texts = new Map<GitObjectId, CachedText>();
  let total = 0;
  return {
    find(blob) {
      const found = texts.get(blob);
      if (found === undefined) return null;
      texts.delete(blob);
      texts.set(blob, found);
      return found;
    },
    keep(blob, text) {
      if (text.bytes > limit / 8 || texts.has(blob)) return;
      texts.set(blob, text);
      total += text.bytes;
      for (const [oldest, { bytes }] of texts) {
        if (total <= limit) return;
        texts.delete(oldest);
        total -= bytes;
      }
    },
  };
}
