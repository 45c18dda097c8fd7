import type { AnyStatement } from "../../attest/statement.ts";
import type { Digest } from "../../digest.ts";
import type { ImageConfig, ImageManifest } from "../read-documents.ts";

/** Who signed something, as the consumer's list of keys names them. */
export interface PaperSigner {
  readonly keyId: string;
  readonly principals: readonly string[];
}

/** A paper as it was found beside an image, its signature checked. */
export interface LoadedPaper {
  /** Of the bundle or envelope, as it is attached. */
  readonly digest: Digest;
  /** What the unsigned index says that it is. */
  readonly listedAs: string | null;
  readonly result:
    | {
        readonly holds: true;
        readonly statement: AnyStatement;
        readonly signers: readonly PaperSigner[];
      }
    | { readonly holds: false; readonly reason: string };
}

/** An image as it was found. */
export interface LoadedImage {
  readonly digest: Digest;
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
  /** Things that were asked for and came back damaged or not at all. */
  readonly damages: readonly string[];
}

/** What a consumer asks for. */
export interface Expectations {
  /** The name that the image must have been made for; null where the consumer has none in mind. */
  readonly resourceUri: string | null;
  /** Kinds of evidence without which it is unproven. */
  readonly require: readonly ("run" | "attribution" | "approval")[];
  /** Whether the consumer gave any key: without one nothing can be proven. */
  readonly hasKeys: boolean;
}

/** What each link of the chain is called, from the image back to the assistant's sessions. */
export const LINKS = [
  "image",
  "provenance",
  "bills",
  "commit",
  "approvals",
  "verdict",
  "runs",
  "change",
  "sessions",
] as const;
export type LinkName = (typeof LINKS)[number];

/** `broken`: something contradicts it. `missing`: nothing proves it. `absent`: nobody asked for it. */
export type LinkStatus = "proven" | "broken" | "missing" | "absent";

/** One link of the chain, and whether it holds. */
export interface Link {
  readonly name: LinkName;
  readonly status: LinkStatus;
  /** What is proven, in one sentence; or what is wrong, one sentence each. */
  readonly says: readonly string[];
  /** Who vouches for it, as the consumer's keys name them. */
  readonly by: readonly string[];
}

/** The link with its faults, or what it proves where it has none. */
export function linkOf(
  name: LinkName,
  faults: readonly string[],
  proven: readonly string[],
  by: readonly PaperSigner[] = [],
): Link {
  const isBroken = faults.length > 0;
  return {
    name,
    status: isBroken ? "broken" : "proven",
    says: isBroken ? faults : proven,
    by: isBroken ? [] : namesOf(by),
  };
}

/** A link that nothing proves. */
export function missingLink(name: LinkName, reason: string): Link {
  return { name, status: "missing", says: [reason], by: [] };
}

/** Signers as people know them, each once. */
export function namesOf(signers: readonly PaperSigner[]): readonly string[] {
  return [...new Set(signers.map(({ keyId, principals }) => principals[0] ?? keyId))];
}
