import {
  NotificationType,
  RequestType,
  RequestType0,
  type URI,
} from "vscode-languageserver-protocol";

import type { Review } from "./core/review.ts";

/**
 * What Shipgate says beside the Language Server Protocol, in one place for both ends.
 * Standard messages come first: diagnostics, code actions, hovers, commands, work-done progress.
 * docs/protocol.md describes each message; a test keeps the two in step.
 */

/** What the status bar shows about one workspace folder. All texts are final; the editor only paints. */
export interface TrustStatus {
  readonly folder: URI;
  readonly state:
    | "computing"
    | "pass"
    | "fail"
    | "unproven"
    | "running"
    | "no-engine"
    | "no-repository"
    | "error";
  readonly branch: string | null;
  /** 0 to 100; null while there is none. */
  readonly score: number | null;
  readonly grade: string | null;
  /** Lines of the sum, largest deduction first; with `score` they add up to 100. */
  readonly deductions: readonly {
    readonly points: number;
    readonly reason: string;
    readonly remedy: string;
  }[];
  /** One sentence about the verdict, or about what stands in the way. */
  readonly summary: string;
  /** The isolation that the last run proved, in words; null where nothing was run. */
  readonly isolation: string | null;
}

/** Server to client: the trust status of a folder changed. */
export const TrustStatusChanged = new NotificationType<TrustStatus>("shipgate/trustStatusChanged");

/** What a text change in the editor looked like, as far as the stable API tells. */
export interface EditObserved {
  readonly uri: URI;
  readonly reason: "undo" | "redo" | "other";
  /** Stated by the editor where the proposed API is there; left out on stable. */
  readonly statedSource?: string;
}

/** Client to server: the editor saw a document change on disk or by hand. */
export const EditObserved = new NotificationType<EditObserved>("shipgate/editObserved");

export interface RunParams {
  readonly folder: URI;
}

/** Client to server: run base and head of the folder's change in the sandbox. Progress and cancel by the standard means. */
export const RunChange = new RequestType<RunParams, Review, void>("shipgate/runChange");

/** Client to server: the last review of a folder, null where there is none yet. */
export const GetReview = new RequestType<RunParams, Review | null, void>("shipgate/getReview");

/** Client to server: the trust status of every folder, as last published. */
export const GetTrustStatuses = new RequestType0<readonly TrustStatus[], void>(
  "shipgate/getTrustStatuses",
);
