import type { Digest } from "../digest.ts";
import type { ImagePart } from "../images/parts.ts";

/** What a bill of materials is about and what it lists. */
export interface BillSubject {
  /** Of the image's manifest. */
  readonly digest: Digest;
  readonly name: string;
  readonly version: string;
  readonly license: string | null;
  readonly commit: string;
  readonly source: string | null;
  /** ISO 8601, UTC. */
  readonly created: string;
  /** The service's own packages. */
  readonly dependencies: readonly ImagePart[];
  /** The parts of the image that it stands on. */
  readonly basis: readonly ImagePart[];
  readonly shipgateVersion: string;
}
